"""Law: a replay counts for the digests that it ran on, each new model and rule of the change among them."""

from collections.abc import Callable
from typing import Any

import pytest

from evidence import actions
from evidence.contract import Facts
from evidence.models import Evidence
from orr.accounts.models import User
from orr.lib.errors import Conflict, Invalid
from orr.profiles import load
from tests.evidence.conftest import NEW, OLD, facts_of
from tests.evidence.test_pushed_formats import Key, envelope, statement
from tests.evidence.test_pushed_formats import key as key

pytestmark = pytest.mark.django_db
PASSING = '<testsuite><testcase name="replayed"/></testsuite>'
MODEL, RULE, OTHER = ("sha256:" + char * 64 for char in "def")
ITEMS = [
    {
        "kind": "model",
        "name": "triage",
        "from": {"version": "3", "digest": OLD},
        "to": {"version": "4", "digest": MODEL},
    },
    {"kind": "rule", "name": "labels", "to": {"version": "2", "digest": RULE}},
    {"kind": "image", "name": "search-api", "to": {"version": "2", "digest": NEW}},
]
UNPINNED = [{"kind": "rule", "name": "labels", "to": {"version": "2"}}]
Push = Callable[..., Evidence]


def opened(items: list[Any]) -> Facts:
    """A subject with these items, asked by the rules of the model update."""
    facts = facts_of(items=items)
    profile = load.get("model-update")
    kinds = frozenset(item["kind"] for item in items)
    rules = [rule for rule in profile.items.values() if rule.applies_to(kinds)]
    actions.request_collection(facts=facts, rules=rules, actor=None)
    return facts


@pytest.fixture
def push(person: Callable[..., User], collectors: dict[str, Any]) -> Push:
    """`push(digests)`: a replay that passed on the candidate."""
    actor = person("release_manager")

    def send(named: list[str], **more: Any) -> Evidence:
        sent = {"format": "junit", "content": PASSING, "measured_on": "candidate", "subject_digests": named}
        return actions.push(**{"subject": "ORR-0001", "item": "G4.4", "actor": actor, **sent, **more})

    return send


def test_a_replay_of_every_new_model_and_rule_is_green_and_bound_to_the_items(push: Push) -> None:
    facts = opened(ITEMS)
    for named in ([MODEL, RULE], [RULE, MODEL, NEW], [facts.items_digest], [facts.change_set_digest]):
        row = push(named)
        assert (row.judged, row.binds_to, row.bound_digest) == ("green", "items", facts.items_digest)


@pytest.mark.parametrize(
    "named", [[], [MODEL], [RULE], [NEW], [OLD], [OTHER], [MODEL, RULE, OTHER], [MODEL, RULE, OLD]]
)
def test_a_replay_that_leaves_one_out_or_names_another_is_refused(push: Push, named: list[str]) -> None:
    opened(ITEMS)
    with pytest.raises(Invalid) as refused:
        push(named)
    assert [one.pointer for one in refused.value.errors] == ["/subject_digests"]
    assert not Evidence.objects.exists()


def test_where_an_item_has_no_digest_the_replay_names_the_whole(push: Push) -> None:
    facts = opened(UNPINNED)
    with pytest.raises(Invalid) as refused:
        push([])
    assert facts.items_digest in str(refused.value.errors[0].sentence)
    assert push([facts.items_digest]).judged == "green"


def test_what_says_nothing_of_the_candidate_is_pending(push: Push) -> None:
    opened(ITEMS)
    assert push([], measured_on=None).judged == "pending"
    assert push([MODEL, RULE], measured_on="baseline").judged == "pending"


def test_a_replay_of_the_former_digests_no_longer_counts(push: Push) -> None:
    opened(ITEMS)
    push([MODEL, RULE])
    again = [{**ITEMS[0], "to": {"version": "5", "digest": OTHER}}, *ITEMS[1:]]
    opened(again)
    assert "G4.4" not in actions.latest("ORR-0001")
    with pytest.raises(Invalid):
        push([MODEL, RULE])
    assert push([OTHER, RULE]).judged == "green"


def test_where_neither_model_nor_rule_changes_no_replay_is_asked_for(push: Push) -> None:
    opened(ITEMS[2:])
    with pytest.raises(Conflict):
        push([NEW])


def test_a_failed_replay_is_red_whoever_says_that_it_passed(push: Push) -> None:
    opened(ITEMS)
    failing = '<testsuite><testcase name="a"/><testcase name="recall"><failure/></testcase></testsuite>'
    row = push([MODEL, RULE], content=failing, passed=True)
    assert (row.judged, "first: recall" in str(row.reason)) == ("red", True)


def test_a_signed_statement_counts_for_the_subjects_that_it_names(push: Push, key: Key) -> None:
    opened(ITEMS)
    assert signed(push, key, [MODEL, RULE]).judged == "green"
    for subjects in ([MODEL], [MODEL, RULE, OTHER], [OTHER]):
        with pytest.raises(Invalid) as refused:
            signed(push, key, subjects)
        assert refused.value.errors[0].pointer == "/subject_digests"


def signed(push: Push, key: Key, subjects: list[str]) -> Evidence:
    """Push an in-toto test-result about these digests; the request itself names none."""
    about = [{"name": "x", "digest": {"sha256": one.removeprefix("sha256:")}} for one in subjects]
    content = envelope({**statement(), "subject": about}, key)
    return push([], format="in-toto", content=content)
