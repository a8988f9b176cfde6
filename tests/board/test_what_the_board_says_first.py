"""Three answers first: what is red, what blocks, what I do next; the head says the state in few words."""

from typing import Any

import pytest

from orr.board.answers import answers
from orr.board.heads import head
from tests.board.facts_fixture import facts, viewer


def said(state: str, **how: Any) -> list[dict[str, Any]]:
    return answers(facts(state, **how), viewer())


def test_red_is_loud_and_names_its_gates() -> None:
    red = said("checking", verdicts={"G4.1": "red", "G4.3": "red"})[0]
    assert (red["s"], red["hot"], red["big"]) == ("fail", True, "4 Data")
    assert red["why"] == "2 checks miss their threshold"


def test_passing_is_quiet() -> None:
    first = said("checking")[0]
    assert (first["s"], first["hot"], first["big"]) == ("pass", False, "None")
    assert "all 26 checks pass" in first["why"]


def test_unknown_is_neither_green_nor_red() -> None:
    first, blocks, _mine = said("checking", verdicts={"G1.2": "pending", "G7.2": "stale", "G5.1": "error"})
    assert first["s"] == "wait"
    assert blocks["big"] == "1 pending, 1 stale, 1 not answering"
    assert "No-Go stays possible" in blocks["why"]


@pytest.mark.parametrize(("signed", "big"), [(0, "2 signatures"), (1, "1 signature"), (2, "The timelock")])
def test_what_blocks_a_proposal_is_its_next_lock(signed: int, big: str) -> None:
    assert said("proposed", signed=signed)[1]["big"] == big


def test_an_effective_decision_waits_for_its_guards() -> None:
    assert said("effective")[1]["big"] == "1 guard"


@pytest.mark.parametrize(
    ("state", "how", "words"),
    [
        ("checking", {"verdicts": {"G1.1": "red"}}, "Red · only No-Go possible"),
        ("checking", {"verdicts": {"G1.1": "stale"}}, "Not decidable yet"),
        ("checking", {}, "Checks done 26 / 26"),
        ("checking", {"progress": {"done": 3, "total": 26, "running": True}}, "Checking 3 of 26"),
        ("proposed", {"signed": 1}, "Proposed · 1 of 2 signed"),
        ("proposed", {"signed": 2}, "Signed · timelock running"),
        ("effective", {}, "Go with Guards"),
        ("exiting", {}, "Exit running"),
    ],
)
def test_the_head_says_the_state(state: str, how: dict[str, Any], words: str) -> None:
    assert head(facts(state, **how))["pill"]["word"] == words


@pytest.mark.parametrize("state", ["checking", "proposed", "void", "expired", "effective"])
def test_before_a_rollout_the_button_withdraws(state: str) -> None:
    assert head(facts(state))["exit_word"] == "Withdraw"


@pytest.mark.parametrize("state", ["rolling_out", "observing", "closed"])
def test_from_the_rollout_on_it_is_exit(state: str) -> None:
    assert head(facts(state))["exit_word"] == "Exit"


def test_the_clock_that_matters() -> None:
    assert head(facts("proposed", signed=1))["timer"]["since"] is not None
    assert head(facts("proposed", signed=2))["timer"]["until"] is not None
    assert head(facts("exiting"))["timer"]["word"] == "To the deadline"
    assert head(facts("closed"))["timer"] is None
