"""A newer review replaces one that waits for the same target, on purpose, and touches no other."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from approvals.models import State as RequestState
from orr.accounts.models import User
from orr.decisions import actions, superseding
from orr.decisions.models import Proposal
from orr.lib.errors import Conflict, NotAllowed, NotFound
from orr.reviews import acts
from orr.reviews.acts import find
from orr.reviews.models import Review
from orr.reviews.states import State, Verb
from orr.tlog import log
from tests.factories.decisions import effect, green, propose, sign
from tests.factories.racing import race, racers

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
People = dict[str, User]
FLAG = {"kind": "flag", "name": "f", "target": "plant/f", "to": {"version": "on"}}
OTHER = {**FLAG, "name": "g", "target": "plant/g"}
TABLES = (
    "reviews_review",
    "decisions_proposal",
    "decisions_decision",
    "approvals_request",
    "evidence_evidence",
)


def replace(newer: Review, older: Review, who: User) -> Review:
    return superseding.replace(code=newer.code, older=older.code, actor=who)


def rows() -> dict[str, set[str]]:
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT to_jsonb(t)::text FROM {table} t")  # noqa: S608 - our own table names
            found[table] = {row[0] for row in cursor.fetchall()}
    return found


@pytest.mark.parametrize("state", ["checking", "proposed", "void", "effective"])
def test_it_withdraws_what_waits_and_says_by_what(opened: Make, people: People, state: str) -> None:
    older = opened(items=[FLAG])
    if state != "checking":
        green(older)
        proposal = propose(older, people["manager"])
        if state == "void":
            actions.cancel(code=older.code, actor=people["manager"], reason="No.")
        if state == "effective":
            sign(proposal, people["sre"])
            sign(proposal, people["security"])
            assert not isinstance(effect(proposal), str)
    assert find(older.code).state == state
    newer = opened(items=[FLAG])
    assert superseding.waiting(find(newer.code)) == [find(older.code)]
    replaced = replace(newer, older, people["manager"])
    assert (replaced.state, replaced.replaced_by) == ("withdrawn", newer)
    assert superseding.waiting(find(newer.code)) == []


def test_a_live_proposal_ends_with_the_reason(opened: Make, people: People) -> None:
    older = opened(items=[FLAG])
    green(older)
    proposal = propose(older, people["manager"])
    sign(proposal, people["sre"])
    newer = opened(items=[FLAG])
    replace(newer, older, people["manager"])
    ended = Proposal.objects.get(pk=proposal.pk)
    assert (ended.state, str(ended.ended_reason)) == (RequestState.CANCELLED, f"Replaced by {newer.code}.")
    assert isinstance(effect(ended), str)


@pytest.mark.parametrize("verbs", [[Verb.START], [Verb.START, Verb.FINISH], [Verb.START, Verb.EXIT]])
def test_what_rolls_out_or_is_later_is_never_touched(opened: Make, people: People, verbs: list[Verb]) -> None:
    older = opened(items=[FLAG])
    for verb in (Verb.PROPOSE, Verb.TAKE_EFFECT, *verbs):
        acts.move(acts.lock(older.code), verb, people["manager"])
    newer = opened(items=[FLAG])
    assert superseding.waiting(find(newer.code)) == []
    before = rows()
    with pytest.raises(Conflict, match="no longer allows"):
        replace(newer, older, people["manager"])
    assert rows() == before


@pytest.mark.parametrize("changed", [{"items": [OTHER]}, {"environment": "prod-us"}])
def test_only_the_same_target_in_the_same_place(
    opened: Make, people: People, changed: dict[str, Any]
) -> None:
    older, newer = opened(items=[FLAG]), opened(**{"items": [FLAG], **changed})
    assert superseding.waiting(find(newer.code)) == []
    with pytest.raises(Conflict, match="no target in common"):
        replace(newer, older, people["manager"])


def test_only_a_newer_review_that_itself_waits_replaces(opened: Make, people: People) -> None:
    older, newer = opened(items=[FLAG]), opened(items=[FLAG])
    with pytest.raises(Conflict, match="a newer one"):
        replace(older, newer, people["manager"])
    with pytest.raises(Conflict, match="a newer one"):
        replace(newer, newer, people["manager"])
    actions.record_no_go(code=newer.code, reason="No.", actor=people["sre"])
    with pytest.raises(Conflict, match="replaces nothing"):
        replace(newer, older, people["manager"])
    assert find(older.code).state == State.CHECKING


def test_it_takes_the_requester_of_the_older_or_a_release_manager(opened: Make, people: People) -> None:
    older, newer = opened(items=[FLAG]), opened(items=[FLAG])
    with pytest.raises(NotAllowed, match=older.code):
        replace(newer, older, people["sre"])
    assert replace(newer, older, people["boss"]).state == "withdrawn"


def test_nothing_but_the_two_changes(opened: Make, people: People) -> None:
    third, older, newer = (opened(items=[FLAG]) for _ in range(3))
    green(older)
    propose(older, people["manager"])
    others = [str(review.pk) for review in (third,)]
    before = rows()
    replace(newer, older, people["manager"])
    changed = {table: before[table] - after for table, after in rows().items()}
    assert len(changed["reviews_review"]) == 2
    assert not any(f'"id": {number},' in row for number in others for row in changed["reviews_review"])
    assert [len(changed[table]) for table in TABLES[1:]] == [1, 0, 1, 0]
    told = find(newer.code)
    assert (told.state, told.change_set_id, told.replaced_by) == ("checking", newer.change_set_id, None)


def test_it_is_logged_on_the_one_that_is_replaced(opened: Make, people: People) -> None:
    older, newer = opened(items=[FLAG]), opened(items=[FLAG])
    before = len(log.entries_of(newer.code))
    replace(newer, older, people["manager"])
    entry = log.entries_of(older.code)[-1]
    assert (entry.kind, entry.artefacts) == (
        "review.replaced", {"by_change_set": newer.change_set.digest.removeprefix("sha256:")},
    )  # fmt: skip
    assert len(log.entries_of(newer.code)) == before


def test_doing_it_twice_changes_nothing_the_second_time(opened: Make, people: People) -> None:
    older, newer = opened(items=[FLAG]), opened(items=[FLAG])
    replace(newer, older, people["manager"])
    before = rows()
    replace(newer, older, people["manager"])
    assert rows() == before


def test_a_review_that_is_not_there_replaces_nothing(opened: Make, people: People) -> None:
    with pytest.raises(NotFound):
        superseding.replace(code="ORR-9999", older=opened().code, actor=people["manager"])


def test_the_database_replaces_only_what_is_withdrawn(opened: Make) -> None:
    older, newer = opened(items=[FLAG]), opened(items=[FLAG])
    with pytest.raises(DatabaseError, match="replaced_is_withdrawn"), transaction.atomic():
        Review.objects.filter(pk=older.pk).update(replaced_by=newer)


@pytest.mark.django_db(transaction=True)
def test_two_that_replace_each_others_older_wait_for_one_another_in_order(
    opened: Make, people: People
) -> None:
    first, second, third = (opened(items=[FLAG]) for _ in range(3))
    acts_of = [
        lambda: replace(second, first, people["manager"]),
        lambda: replace(third, second, people["manager"]),
        lambda: replace(third, first, people["boss"]),
    ]

    def tried(act: Callable[[], Any]) -> str:
        try:
            return str(act().state)
        except Conflict:
            return "refused"

    with racers(3) as pool:
        ended = race(pool, [lambda act=act: tried(act) for act in acts_of])
    assert set(ended) <= {"withdrawn", "refused"} and "withdrawn" in ended
    assert find(third.code).state == "checking" and find(first.code).state == "withdrawn"
