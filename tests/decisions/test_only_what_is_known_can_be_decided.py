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
    assert rules.decidable(GREEN) == Met()
    assert possible(GREEN) == {"go", "go_with_guards", "no_go"}


def test_red_leaves_only_no_go_and_says_which() -> None:
    live = standing(G1_1="green", G1_2="red", G3_3="red", G4_1="pending")
    assert possible(live) == {"no_go"}
    go, guarded, no_go = rules.options(live, ALLOWED)
    assert str(go.requirement.reason) == str(guarded.requirement.reason)  # type: ignore[union-attr]
    assert str(go.reasons[0]) == "Only No-Go is possible: G1.2, G3.3 red."
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
    none = rules.guards([])
    assert isinstance(none, Unmet) and "at least one guard" in str(none.reason)
    assert not rules.guards([silent, silent])
    assert rules.guards([silent, Met()])
    live = rules.options(GREEN, rules.UNKNOWN, rules.guards([silent]))
    guarded = next(option for option in live if option.decision is Choice.GO_WITH_GUARDS)
    assert "The driver did not answer." in str(guarded.reasons[0])


def test_what_the_digest_binds_of_the_risk_is_verdict_score_and_planned_residual() -> None:
    assert ALLOWED.as_json() == {"verdict": "allow", "score": 1.2, "planned_residual": 1.2}
    assert rules.UNKNOWN.as_json() == {"verdict": "unknown", "score": None, "planned_residual": None}


def test_a_risk_that_nobody_simulated_is_unknown_in_every_part() -> None:
    assert Risk("unknown", None, None, None, None, ()) == rules.UNKNOWN


def test_the_three_decisions_have_names_and_come_in_order() -> None:
    assert [choice.value for choice in Choice] == ["go", "go_with_guards", "no_go"]
    assert [str(rules.TITLES[choice]) for choice in Choice] == ["Go", "Go with Guards", "No-Go"]
    assert [option.decision for option in rules.options(GREEN, ALLOWED)] == list(Choice)


@pytest.mark.parametrize("verdict", ["red", "error", "stale", "pending", "something new"])
def test_an_item_in_the_way_says_how_it_stands(verdict: str) -> None:
    assert str(rules.explain(Item("G1.1", verdict))) == f"G1.1 is {verdict}."
    assert str(rules.explain(Item("G1.1", verdict, say("Why.")))) == f"G1.1 is {verdict}: Why."


def test_what_passes_is_in_nobodys_way() -> None:
    assert rules.in_the_way(GREEN) == []
    assert {"green", "not_applicable"} == rules.PASSING
    assert rules.RED not in rules.PASSING


def test_only_the_red_ones_are_in_the_way_where_there_are_any() -> None:
    live = standing(G1_1="green", G1_2="red", G4_1="pending")
    assert [item.code for item in rules.in_the_way(live)] == ["G1.2"]
    assert [item.code for item in rules.in_the_way(standing(G1_1="green", G4_1="pending"))] == ["G4.1"]


def test_codes_are_those_of_the_verdicts_asked_for() -> None:
    live = standing(G1_1="green", G1_2="red", G4_1="pending", G4_2="red")
    assert rules.codes(live, {"red"}) == "G1.2, G4.2"
    assert rules.codes(live, {"stale"}) == ""


def test_red_is_red_wherever_it_stands() -> None:
    assert rules.is_red(standing(G1_1="green", G1_2="red"))
    assert not rules.is_red(standing(G1_1="green", G1_2="green"))


def test_a_checklist_without_items_says_what_it_waits_for() -> None:
    found = rules.decidable(Standing())
    assert isinstance(found, Unmet)
    assert "G1.1–G8.2" in str(found.reason)


def test_what_keeps_go_from_being_decided_keeps_go_with_guards_too_and_says_each_item() -> None:
    go, guarded, no_go = rules.options(standing(G1_1="green", G4_1="stale"), ALLOWED)
    for option in (go, guarded):
        assert not option.possible
        assert [str(one) for one in option.reasons[1:]] == ["G4.1 is stale."]
    assert no_go.possible


def test_where_only_the_risk_is_in_the_way_no_item_is_named() -> None:
    go = rules.options(GREEN, rules.UNKNOWN)[0]
    assert [str(one) for one in go.reasons] == ["The risk is unknown: it was not simulated. Go needs guards."]
    assert rules.Option(Choice.GO, Met()).details == ()


def test_a_risk_says_its_score_and_its_bound() -> None:
    over = rules.go_without_guards(Risk("allow_with_guards", 4.6, 2.4, bound=3.0))
    assert isinstance(over, Unmet)
    assert "4.6" in str(over.reason) and "3.0" in str(over.reason)
    denied = rules.go_with_guards(Risk("deny", 8.1), Met())
    assert isinstance(denied, Unmet)
    assert "8.1" in str(denied.reason)


def test_guards_that_are_not_to_be_had_are_said_before_any_was_named() -> None:
    assert rules.options(GREEN, rules.UNKNOWN)[1].possible
    none = Unmet(say("No driver is set up."))
    assert [str(one) for one in rules.options(GREEN, rules.UNKNOWN, none)[1].reasons] == [
        "No driver is set up."
    ]


def test_all_silent_guards_say_the_first_ones_reason() -> None:
    found = rules.guards([Unmet(say("First.")), Unmet(say("Second."))])
    assert isinstance(found, Unmet)
    assert "First." in str(found.reason)
    assert rules.guards([Met()])


def test_every_verdict_that_is_in_the_way_has_its_word() -> None:
    assert {name: str(word) for name, word in rules.VERDICTS.items()} == {
        name: name for name in ("red", "error", "stale", "pending")
    }


OWED = Unmet(say("ORR-0001 has no analysis yet."))


def test_an_analysis_that_is_owed_leaves_only_no_go_of_a_green_checklist_and_is_all_that_is_said() -> None:
    go, guarded, no_go = rules.options(GREEN, ALLOWED, analysed=OWED)
    for option in (go, guarded):
        assert not option.possible
        assert [str(one) for one in option.reasons] == ["ORR-0001 has no analysis yet."]
    assert no_go.possible and no_go.reasons == []


def test_an_analysis_that_is_owed_is_said_last_where_items_are_in_the_way() -> None:
    go, guarded, _ = rules.options(standing(G1_1="green", G4_1="stale"), ALLOWED, analysed=OWED)
    for option in (go, guarded):
        assert [str(one) for one in option.reasons] == [
            "Not decidable yet: G4.1 not passing, not red.",
            "G4.1 is stale.",
            "ORR-0001 has no analysis yet.",
        ]


def test_an_analysis_that_is_recorded_is_in_nobodys_way() -> None:
    assert [option.possible for option in rules.options(GREEN, ALLOWED, analysed=Met())] == [True] * 3
