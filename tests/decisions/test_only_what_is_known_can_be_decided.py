"""Red leaves only No-Go; pending, stale or error is not decidable yet; an unknown risk needs guards."""

from dataclasses import dataclass, field

import pytest

from orr.decisions import rules
from orr.decisions.rules import Choice, Risk
from orr.lib.met import Met, Unmet
from orr.lib.sentence import Sentence, say

ALLOWED = Risk(verdict="allow", score=1.2, planned_residual=1.2, bound=3.0)


@dataclass(frozen=True)
class Item:
    code: str
    verdict: str
    reason: Sentence | None = None


@dataclass(frozen=True)
class Standing:
    items: tuple[Item, ...] = field(default_factory=tuple)


def standing(**verdicts: str) -> Standing:
    return Standing(tuple(Item(code.replace("_", "."), verdict) for code, verdict in verdicts.items()))


GREEN = standing(G1_1="green", G2_1="green", G4_2="not_applicable")


def possible(live: Standing, risk: Risk = ALLOWED) -> set[str]:
    return {option.decision.value for option in rules.options(live, risk) if option.possible}


def test_with_everything_green_and_a_low_risk_all_three_are_possible() -> None:
    assert possible(GREEN) == {"go", "go_with_guards", "no_go"}


def test_red_leaves_only_no_go_and_says_which() -> None:
    live = standing(G1_1="green", G1_2="red", G3_3="red", G4_1="pending")
    assert possible(live) == {"no_go"}
    go, guarded, no_go = rules.options(live, ALLOWED)
    assert str(go.requirement.reason) == str(guarded.requirement.reason)  # type: ignore[union-attr]
    assert "G1.2, G3.3" in str(go.reasons[0])
    assert [str(one) for one in go.reasons[1:]] == ["G1.2 is red.", "G3.3 is red."]
    assert no_go.reasons == []


@pytest.mark.parametrize("verdict", ["pending", "stale", "error", "something new"])
def test_what_is_not_known_is_not_decidable_and_not_red(verdict: str) -> None:
    live = standing(G1_1="green", G4_1=verdict)
    assert possible(live) == {"no_go"}
    assert not rules.is_red(live)
    assert "Not decidable yet" in str(rules.options(live, ALLOWED)[0].reasons[0])
    assert "G4.1" in str(rules.options(live, ALLOWED)[0].reasons[0])


def test_a_checklist_without_items_is_not_decidable() -> None:
    assert possible(Standing()) == {"no_go"}


def test_the_reason_of_an_item_is_passed_on() -> None:
    live = Standing((Item("G1.1", "error", say("The source could not be asked.")),))
    assert str(rules.options(live)[0].reasons[1]) == "G1.1 is error: The source could not be asked."


def test_an_unknown_risk_makes_plain_go_impossible() -> None:
    assert possible(GREEN, rules.UNKNOWN) == {"go_with_guards", "no_go"}


def test_a_risk_over_the_bound_needs_guards() -> None:
    assert possible(GREEN, Risk("allow_with_guards", 4.6, 2.4, bound=3.0)) == {"go_with_guards", "no_go"}


def test_a_risk_that_no_guard_holds_leaves_no_go() -> None:
    assert possible(GREEN, Risk("deny", 8.1, 8.1, bound=3.0)) == {"no_go"}


def test_no_go_is_always_possible() -> None:
    for verdict in ("green", "red", "pending", "stale", "error"):
        assert "no_go" in possible(standing(G1_1=verdict), rules.UNKNOWN)


def test_go_with_guards_needs_a_guard_whose_driver_answered() -> None:
    silent = Unmet(say("The driver did not answer."))
    assert not rules.guards([])
    assert not rules.guards([silent, silent])
    assert rules.guards([silent, Met()])
    live = rules.options(GREEN, rules.UNKNOWN, rules.guards([silent]))
    guarded = next(option for option in live if option.decision is Choice.GO_WITH_GUARDS)
    assert "The driver did not answer." in str(guarded.reasons[0])
