"""Law: a statement is its maker's word in the right role, and never stands in for a measurement."""

from collections.abc import Callable
from typing import Any

import pytest

from evidence import actions, registry
from evidence.actions import Attachment
from evidence.collectors import templates
from evidence.models import Evidence
from evidence.verdict import Verdict, judge
from orr.accounts.models import User
from orr.lib import clock
from orr.lib.errors import Conflict, Invalid, NotAllowed, TooLarge
from orr.profiles import load
from tests.evidence.conftest import facts_of, rule

pytestmark = pytest.mark.django_db
Person = Callable[..., User]


@pytest.fixture(autouse=True)
def opened(collectors: dict[str, Any]) -> None:
    actions.request_collection(facts=facts_of(), rules=list(load.get("standard").items.values()), actor=None)


def attest(
    actor: User, item: str = "G6.4", role: str = "data", words: str = "No hold is touched.", **more: Any
) -> Evidence:
    return actions.attest(subject="ORR-0001", item=item, statement=words, actor=actor, role=role, **more)


def test_a_statement_is_green_and_marked(person: Person) -> None:
    actor = person("data")
    row = attest(actor, file=Attachment("note.pdf", b"%PDF-1.7"))
    assert (row.judged, row.attested_by, row.attested_role) == ("green", actor.pk, "data")
    assert (row.statement, row.collector) == ("No hold is touched.", "attestation")
    assert row.raw is not None
    assert bytes(row.raw.data) == b"%PDF-1.7"


def test_what_a_file_is_its_bytes_say(person: Person) -> None:
    row = attest(person("data"), file=Attachment("page.bin", b"<html><script>"))
    assert row.raw is not None
    assert row.raw.media_type == "application/x-quarantined"
    for lying in (Attachment("a.pdf", b"MZ\x90"), Attachment("empty.txt", b"")):
        with pytest.raises(Invalid) as refused:
            attest(person("data"), file=lying)
        assert refused.value.errors[0].pointer == "/file"


def test_a_statement_may_say_no(person: Person) -> None:
    assert attest(person("data"), passed=False).judged == "red"


def test_every_item_that_takes_statements_is_satisfied_by_one(person: Person) -> None:
    for one in load.get("standard").items.values():
        if one.attest is not None:
            assert attest(person(one.attest), item=one.code, role=one.attest).judged == "green", one.code


def test_only_the_role_that_the_profile_asks_for(person: Person) -> None:
    for actor, role in (
        (person("sre"), "data"),
        (person("sre"), "sre"),
        (person(), "data"),
        (person("data"), "sre"),
    ):
        with pytest.raises(NotAllowed):
            attest(actor, role=role)
    with pytest.raises(NotAllowed):
        attest(person("sre"), item="G1.1", role="sre")
    assert not Evidence.objects.exists()


def test_refused_where_it_can_be_measured(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.register("G4.3", templates.factory)
    with pytest.raises(Conflict):
        attest(person("data"), item="G4.3")


def test_a_broken_sources_file_opens_no_door(person: Person) -> None:
    def broken() -> Any:
        raise Invalid([])

    registry.register("G4.3", broken)
    with pytest.raises(Conflict):
        attest(person("data"), item="G4.3")


@pytest.mark.parametrize("words", ["", "   \n", "x" * 2001])
def test_words_are_needed_and_limited(person: Person, words: str) -> None:
    with pytest.raises(Invalid):
        attest(person("data"), words=words)


def test_a_file_is_limited(person: Person) -> None:
    with pytest.raises(TooLarge):
        attest(person("data"), file=Attachment("big", b"x" * 5_242_881))


def test_its_maker_takes_it_back(person: Person) -> None:
    maker, other = person("data"), person("data")
    attest(maker)
    with pytest.raises(NotAllowed):
        actions.withdraw_statement(subject="ORR-0001", item="G6.4", actor=other)
    actions.withdraw_statement(subject="ORR-0001", item="G6.4", actor=maker)
    found = actions.latest("ORR-0001")["G6.4"]
    assert judge(found.measured, rule("G6.4"), clock.now()).verdict is Verdict.PENDING
    with pytest.raises(Conflict):
        actions.withdraw_statement(subject="ORR-0001", item="G6.4", actor=maker)


def test_the_same_by_the_pipelines_door(person: Person) -> None:
    actor = person("data")
    row = actions.push(subject="ORR-0001", item="G6.4", format="attestation", content="No hold.", actor=actor)
    assert (row.attested_by, row.statement) == (actor.pk, "No hold.")
