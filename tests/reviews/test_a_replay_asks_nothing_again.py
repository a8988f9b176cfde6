"""Replaying a profile's other version over a decided review: archived values only, at the moment of then."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.verdict import Measured, judge
from orr.profiles import load
from orr.profiles.schema import ITEM_CODES, BreakGlass, NamedFreeze, Profile, Rule
from orr.reviews.replay import Archived, Outcome, Past, replay

# What the first world costs to draw is the machine's load, and says nothing of the law.
loaded = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
STANDARD = load.get("standard")
KINDS = frozenset({"image", "flag"})


def archived(rule: Rule, **changed: Any) -> Archived:
    """Evidence that passes the rule, half as old as it may be."""
    threshold = rule.threshold
    fits = {"le": 0.8, "lt": 0.8, "ge": 1.001, "eq": 1.0}.get(rule.comparator, 1.0)
    reading: dict[str, Any] = {
        "outcome": "reading",
        "measured_at": AT - timedelta(seconds=rule.freshness / 2),
        "value": None if threshold is None else threshold * fits,
        "passed": True if threshold is None else None,
        "samples": max(1, rule.min_samples),
        "measured_on": "candidate" if rule.measured_on == "any" else rule.measured_on,
    }
    own = {"comparator": rule.comparator, "threshold": threshold, "binds_to": rule.binds_to,
           "window": rule.window, "unit": rule.unit}  # fmt: skip
    measured = Measured(**{**reading, **{k: v for k, v in changed.items() if k in reading}})
    return Archived(measured, **{**own, **{k: v for k, v in changed.items() if k not in reading}})


def past(rules: Profile = STANDARD, **items: Any) -> Past:
    """A decided review whose every item passed but the given ones; `G1_2=None` has nothing archived."""
    kept = {code: archived(rule) for code, rule in rules.items.items() if rule.applies_to(KINDS)}
    for name, found in items.items():
        code = name.replace("_", ".")
        kept = {c: e for c, e in kept.items() if c != code} | ({code: found} if found else {})
    return Past("go_with_guards", AT, KINDS, rules, kept, signed_within=60, proof="totp")


def version(code: str = "G1.2", **changed: Any) -> Profile:
    """The standard profile with one rule changed."""
    rule = STANDARD.items[code].model_copy(update=changed)
    return STANDARD.model_copy(update={"items": {**STANDARD.items, code: rule}})


def policy(**changed: Any) -> Profile:
    return STANDARD.model_copy(update={"policy": STANDARD.policy.model_copy(update=changed)})


def evidence_of(code: str) -> st.SearchStrategy[Archived | None]:
    rule = STANDARD.items[code]
    return st.none() | st.builds(
        lambda **given: archived(rule, **given),
        outcome=st.sampled_from(("reading", "reading", "error", "withdrawn", "lacking")),
        value=st.none() | st.floats(0, 2000), passed=st.none() | st.booleans(),
        samples=st.none() | st.integers(0, 2000), measured_on=st.sampled_from(("baseline", "candidate")),
        measured_at=st.integers(0, 200_000).map(lambda s: AT - timedelta(seconds=s)),
        role=st.sampled_from(("", "sre")), pushed=st.booleans(), own=st.booleans(),
        threshold=st.just(rule.threshold),
    )  # fmt: skip


def a_world(drawn: dict[str, Archived | None]) -> Past:
    whole = past()
    kept = {**whole.evidence, **drawn}
    return replace(whole, evidence={code: found for code, found in kept.items() if found})


# A few items at a time are anything, the others pass: a verdict is of one item alone.
worlds = (
    st.lists(st.sampled_from(ITEM_CODES), unique=True, max_size=4)
    .flatmap(lambda codes: st.fixed_dictionaries({code: evidence_of(code) for code in codes}))
    .map(a_world)
)


@loaded
@given(worlds)
def test_replaying_the_same_version_changes_nothing(world: Past) -> None:
    told = replay(world, STANDARD)
    assert told.was == told.would and not told.changed and not told.terms
    assert told.change == "same" and told.would is not Outcome.UNKNOWN


@loaded
@given(worlds, st.sampled_from(ITEM_CODES), st.sampled_from(("window", "freshness", "min_samples", "push")))
def test_what_is_not_known_is_never_green(world: Past, code: str, what: str) -> None:
    told = {item.code: item for item in replay(world, version(code, **{what: 7})).items}[code]
    if code not in world.evidence and STANDARD.items[code].applies_to(world.kinds):
        assert told.was == told.would == "unknown"
    elif told.would == "green":
        assert world.evidence[code].measured.outcome == "reading"


@loaded
@given(worlds, st.sampled_from(ITEM_CODES))
def test_no_other_item_is_touched(world: Past, code: str) -> None:
    told = replay(world, version(code, freshness=1))
    assert {item.code for item in told.changed} <= {code}


@loaded
@given(worlds)
def test_what_was_is_what_the_verdict_of_then_says(world: Past) -> None:
    for item in replay(world, version(threshold=1.0)).items:
        rule, found = STANDARD.items[item.code], world.evidence.get(item.code)
        if found is not None and rule.applies_to(world.kinds):
            assert item.was == judge(found.measured, rule, AT).verdict


@pytest.mark.parametrize("passed", [None, True])
def test_a_threshold_below_the_archived_value_turns_exactly_that_item_red(passed: bool | None) -> None:
    world = past(G1_2=archived(STANDARD.items["G1.2"], value=640.0, passed=passed))
    told = replay(world, version(threshold=639.0))
    assert [(item.code, item.was, item.would) for item in told.changed] == [("G1.2", "green", "red")]
    assert (told.was, told.would, told.change) == (Outcome.GUARDED, Outcome.NO_GO, "stricter")
    assert replay(world, version(threshold=640.0)).change == "same"


@pytest.mark.parametrize("passed", [None, False])
def test_a_threshold_above_it_would_have_let_it_through(passed: bool | None) -> None:
    world = past(G1_2=archived(STANDARD.items["G1.2"], value=900.0, passed=passed))
    told = replay(replace(world, decision="no_go"), version(threshold=901.0))
    assert [(item.was, item.would) for item in told.changed] == [("red", "green")]
    assert (told.was, told.would, told.change) == (Outcome.NO_GO, Outcome.GUARDED, "looser")


def test_a_no_that_the_value_does_not_explain_stays_red() -> None:
    rehearsal = archived(STANDARD.items["G2.2"], value=40.0, passed=False)
    assert replay(past(G2_2=rehearsal), version("G2.2", threshold=400.0)).would is Outcome.NO_GO


def test_a_yes_that_the_value_does_not_explain_is_unknown_under_a_harder_threshold() -> None:
    estimated = archived(STANDARD.items["G1.2"], value=810.0, passed=True)
    told = replay(past(G1_2=estimated), version(threshold=700.0))
    assert told.would is Outcome.UNKNOWN and told.change == "unknown"
    assert replay(past(G1_2=estimated), version(threshold=900.0)).change == "same"


@pytest.mark.parametrize(
    ("code", "kept", "changed"),
    [
        ("G1.2", {}, {"window": 60}),
        ("G1.2", {}, {"unit": "s", "threshold": 0.8}),
        ("G1.2", {"value": None, "passed": True}, {"threshold": 700.0}),
        ("G1.2", {"value": 640.0, "passed": True}, {"comparator": "lt"}),
        ("G1.2", {"measured_on": "baseline"}, {"measured_on": "candidate"}),
        ("G5.1", {"role": "product", "passed": True}, {"threshold": 5.0}),
        ("G5.1", {"role": "product", "passed": True}, {"attest": None}),
        ("G5.1", {"role": "product", "passed": True}, {"attest": "sre"}),
        ("G3.3", {"pushed": True}, {"push": False}),
        ("G1.2", {"own": False}, {"binds_to": "change_set"}),
    ],
)
def test_what_the_record_cannot_answer_is_unknown_and_counted_apart(
    code: str, kept: dict[str, Any], changed: dict[str, Any]
) -> None:
    world = past(**{code.replace(".", "_"): archived(STANDARD.items[code], **kept)})
    told = replay(world, version(code, **changed))
    assert [(item.code, item.would) for item in told.changed] == [(code, "unknown")]
    assert (told.would, told.change) == (Outcome.UNKNOWN, "unknown")


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("G7.3", {"freezes": (NamedFreeze(name="sale", reason="Small."),)}),
        ("G7.3", {"leaves_freezes": True}),
        ("G7.4", {"max_age": 60}),
        ("G6.1", {"max_age": 60}),
    ],
)
@pytest.mark.parametrize("passed", [True, False])
def test_what_a_collector_was_told_and_answered_by_is_not_known_of_another_rule(
    code: str, changed: dict[str, Any], passed: bool
) -> None:
    found = archived(STANDARD.items[code], passed=passed)
    replayed = replay(past(**{code.replace(".", "_"): found}), version(code, **changed))
    [item] = [one for one in replayed.items if one.code == code]
    assert item.would == "unknown" and "another rule" in str(item.why)
    assert replayed.would is Outcome.UNKNOWN


def test_an_item_without_any_value_stays_unknown_and_red_beside_it_is_still_no_go() -> None:
    assert replay(past(G1_3=None), version(threshold=100.0)).would is Outcome.NO_GO
    told = replay(past(G1_3=None), version("G1.3", threshold=9.0))
    assert (told.would, told.change) == (Outcome.UNKNOWN, "unknown") and not told.changed


def test_what_was_waiting_then_keeps_waiting_under_a_version_that_judges_it_alike() -> None:
    nothing = replace(past(G1_3=None), decision="no_go")
    told = replay(nothing, version(threshold=799.0))
    assert (told.was, told.would, told.change) == (Outcome.OPEN, Outcome.OPEN, "same")
    assert {item.code: item.would for item in told.items}["G1.3"] == "unknown"


def test_a_no_go_stays_one_whatever_else_is_red_and_one_by_choice_stays_too() -> None:
    waiting = replace(past(G1_3=None), decision="no_go")
    assert replay(waiting, version(threshold=100.0)).change == "same"
    chosen = replace(past(), decision="no_go")
    assert replay(chosen, version(threshold=100.0)).change == "same"


def test_a_plain_go_that_would_have_needed_guards_is_stricter() -> None:
    bands = STANDARD.risk.model_copy(update={"allow_below": 1.0})
    went = replace(past(), decision="go", score=2.0)
    told = replay(went, STANDARD.model_copy(update={"risk": bands}))
    assert (told.was, told.would, told.change) == (Outcome.GO, Outcome.GUARDED, "stricter")


def test_an_item_that_is_asked_for_now_and_was_not_then_is_unknown() -> None:
    lighter = version("G4.1", adopted=False)
    told = replay(replace(past(G4_1=None), rules=lighter), STANDARD)
    assert [(item.code, item.was, item.would) for item in told.changed] == [
        ("G4.1", "not_applicable", "unknown")
    ]
    assert replay(past(), lighter).change == "same"


def test_freshness_is_judged_at_the_moment_of_the_decision() -> None:
    world = past(G1_2=archived(STANDARD.items["G1.2"], measured_at=AT - timedelta(seconds=600)))
    assert replay(world, version(freshness=601)).change == "same"
    told = replay(world, version(freshness=600))
    assert [item.would for item in told.changed] == ["stale"] and told.would is Outcome.OPEN


def test_too_few_samples_of_then_are_too_few() -> None:
    world = past(G1_2=archived(STANDARD.items["G1.2"], samples=150))
    assert replay(world, version(min_samples=150)).change == "same"
    assert replay(world, version(min_samples=151)).would is Outcome.OPEN


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"slots": ("sre", "security", "data")}, "a signature as Data"),
        ({"slots": ("sre", "security", "security")}, "a signature as Security"),
        ({"approve_within": 60}, "too late"),
        ({"step_up": "passkey"}, "too weak"),
    ],
)
def test_a_policy_that_asks_for_more_would_have_waited(changed: dict[str, Any], why: str) -> None:
    told = replay(past(), policy(**changed))
    assert told.would is Outcome.OPEN and [why in str(term) for term in told.terms] == [True]
    assert replay(replace(past(), decision="no_go"), policy(**changed)).terms == ()


def test_a_seat_less_lets_the_same_through() -> None:
    assert replay(past(), policy(slots=("sre", "data"))).would is Outcome.OPEN
    three = policy(slots=("sre", "security", "data"))
    assert replay(replace(past(), rules=three), STANDARD).change == "same"


def test_break_glass_passes_by_name_only_where_the_version_allows_it() -> None:
    allowed = policy(break_glass=BreakGlass(second_look_within=3600))
    late = archived(STANDARD.items["G1.2"], samples=0)
    broken = replace(past(G1_2=late), rules=allowed, named=frozenset({"G1.2"}))
    assert replay(broken, allowed).would is Outcome.GUARDED
    told = replay(broken, STANDARD)
    assert told.would is Outcome.OPEN and "Break-glass" in str(told.terms[0])


@pytest.mark.parametrize(
    ("score", "below", "above", "would"),
    [(2.0, 3.0, 7.0, Outcome.GO), (3.0, 3.0, 7.0, Outcome.GUARDED), (7.1, 3.0, 7.0, Outcome.NO_GO),
     (None, 3.0, 7.0, Outcome.GUARDED)],
)  # fmt: skip
def test_the_risk_of_then_stands_in_the_bands_of_the_version(
    score: float | None, below: float, above: float, would: Outcome
) -> None:
    bands = STANDARD.risk.model_copy(update={"allow_below": below, "deny_above": above})
    told = replay(replace(past(), score=score), STANDARD.model_copy(update={"risk": bands}))
    assert told.would is would


def test_other_words_are_no_other_rule() -> None:
    assert not replay(past(), version(reason="Said in another way.")).changed
