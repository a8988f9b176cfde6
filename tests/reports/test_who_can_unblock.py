"""For every obstacle the page names who could take it away; who signed and who moved it stand together."""

from typing import Any

import pytest

from orr.reports.hands import hands
from orr.reports.unblock import unblock
from tests.board.facts_fixture import facts

HOLDERS = {"admin": ["Ada"], "release_manager": ["Rosa"], "product": ["Pia"], "sre": ["Jihun Park"]}


def told(f: dict[str, Any], unmapped: tuple[str, ...] = ()) -> list[tuple[str, list[str]]]:
    return [(step["what"], step["who"]) for step in unblock(f, unmapped, HOLDERS)]


def test_an_open_seat_names_who_could_sign() -> None:
    assert ("Sign as Security", ["Seoyeon Lee"]) in told(facts("proposed", signed=1))
    assert told(facts("proposed", signed=2)) == []


def test_a_seat_that_nobody_can_fill_names_who_gives_roles() -> None:
    f = facts("proposed", signed=1)
    f["approval"]["slots"][1]["available"] = []
    assert told(f) == [("Give somebody the role Security: nobody can sign in it now", ["Ada"])]


def test_an_unmatched_author_names_who_matches() -> None:
    f = facts("proposed", signed=2)
    assert told(f, ("Ghost (gh:9)",)) == [("Match the author Ghost (gh:9) to a person", ["Ada"])]


def test_a_red_check_names_who_records_no_go() -> None:
    f = facts("checking", verdicts={"G1.2": "red"})
    assert ("Record No-Go, or mend G1.2", ["Doyun Kim", "Rosa"]) in told(f)


def test_a_waiting_statement_names_who_holds_its_role() -> None:
    f = facts("checking", verdicts={"G6.4": "pending"})
    role = next(i["attest_role"] for g in f["gates"] for i in g["items"] if i["code"] == "G6.4")
    assert ("State G6.4", HOLDERS.get(role, [])) in told(f)


@pytest.mark.parametrize("state", ["effective", "rolling_out", "closed", "withdrawn", "no_go"])
def test_past_the_decision_there_is_nothing_to_unblock(state: str) -> None:
    assert told(facts(state, verdicts={"G1.2": "red"})) == []


def test_who_moved_it_stands_beside_who_signed() -> None:
    found = hands(facts("observing", signed=2))
    assert found["signers"] == ["Jihun Park", "Seoyeon Lee"]
    assert [who["name"] for who in found["movers"]] == ["Doyun Kim"]
    assert found["both"] == []


@pytest.mark.parametrize("principal", [False, True])
def test_one_who_signed_and_moved_it_is_named(principal: bool) -> None:
    f = facts("observing", signed=2)
    slot = f["approval"]["slots"][0]
    if principal:
        slot["on_behalf_of"], slot["on_behalf_of_id"] = "Doyun Kim", "1"
    else:
        slot["person"] = {"id": "1", "name": "Doyun Kim"}
    assert hands(f)["both"] == ["Doyun Kim"]
