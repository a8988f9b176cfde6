"""Law: only a fresh, sufficient reading that holds is green; unknown is neither green nor red."""

import math
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.verdict import Measured, Verdict, judge, worst
from orr.lib.sentence import say
from orr.profiles.schema import Rule

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
LE = Rule(code="G1.1", comparator="le", threshold=15, unit="s", freshness=900, min_samples=100)
YES = Rule(code="G3.1", comparator="true", freshness=900)


def reading(value: float | None = 12.0, **changes: object) -> Measured:
    fields: dict[str, object] = {"outcome": "reading", "measured_at": NOW, "value": value, "samples": 500}
    return Measured(**{**fields, **changes})  # type: ignore[arg-type]


def verdict(found: Measured | None, rule: Rule = LE, now: datetime = NOW) -> Verdict:
    return judge(found, rule, now).verdict


def test_what_holds_is_green_until_its_freshness_ends() -> None:
    judged = judge(reading(), LE, NOW)
    assert (judged.verdict, judged.reason, judged.near) == (Verdict.GREEN, None, False)
    assert judged.fresh_until == NOW + timedelta(seconds=900)
    assert verdict(reading(), now=NOW + timedelta(seconds=899.999)) is Verdict.GREEN
    assert verdict(reading(), now=NOW + timedelta(seconds=900)) is Verdict.STALE


def test_nothing_is_pending() -> None:
    assert verdict(None) is Verdict.PENDING
    assert judge(None, LE, NOW).reason is not None


def test_an_error_is_an_error_with_its_reason() -> None:
    why = say("away")
    judged = judge(Measured("error", NOW, reason=why), LE, NOW)
    assert (judged.verdict, judged.reason, judged.fresh_until) == (Verdict.ERROR, why, None)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_no_number_is_an_error(value: float) -> None:
    assert verdict(reading(value)) is Verdict.ERROR
    assert verdict(reading(value, passed=True)) is Verdict.ERROR


def test_a_reading_of_nothing_is_an_error() -> None:
    assert verdict(reading(None)) is Verdict.ERROR
    assert verdict(reading(5.0), YES) is Verdict.ERROR


def test_too_few_samples_are_pending_even_if_bad() -> None:
    assert verdict(reading(12.0, samples=99)) is Verdict.PENDING
    assert verdict(reading(99.0, samples=99)) is Verdict.PENDING
    assert verdict(reading(12.0, samples=None)) is Verdict.PENDING
    assert verdict(reading(12.0, samples=100)) is Verdict.GREEN


def test_the_future_is_an_error() -> None:
    assert verdict(reading(measured_at=NOW + timedelta(seconds=61))) is Verdict.ERROR
    assert verdict(reading(measured_at=NOW + timedelta(seconds=59))) is Verdict.GREEN


def test_the_profile_may_ask_for_the_candidate() -> None:
    asks = LE.model_copy(update={"measured_on": "candidate"})
    assert verdict(reading(measured_on="baseline"), asks) is Verdict.PENDING
    assert verdict(reading(), asks) is Verdict.PENDING
    assert verdict(reading(measured_on="candidate"), asks) is Verdict.GREEN


def test_a_statement_has_no_samples() -> None:
    asks = YES.model_copy(update={"min_samples": 5, "measured_on": "candidate"})
    assert verdict(reading(None, passed=True, samples=None, attested=True), asks) is Verdict.GREEN
    assert verdict(Measured("withdrawn", NOW, attested=True), asks) is Verdict.PENDING


def test_what_is_not_adopted_does_not_apply() -> None:
    not_adopted = LE.model_copy(update={"adopted": False})
    assert verdict(None, not_adopted) is Verdict.NOT_APPLICABLE
    assert verdict(reading(99.0), not_adopted) is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("comparator", "below", "at", "above"),
    [
        ("le", True, True, False),
        ("lt", True, False, False),
        ("ge", False, True, True),
        ("eq", False, True, False),
    ],
)
def test_comparators_at_their_edge(comparator: str, below: bool, at: bool, above: bool) -> None:
    rule = LE.model_copy(update={"comparator": comparator})
    for value, holds in ((14.999, below), (15.0, at), (15.001, above)):
        assert verdict(reading(value), rule) is (Verdict.GREEN if holds else Verdict.RED)


def test_passed_decides_over_the_displayed_value() -> None:
    assert verdict(reading(12.0, passed=False)) is Verdict.RED
    assert verdict(reading(16.0, passed=True)) is Verdict.GREEN


@pytest.mark.parametrize(
    ("comparator", "threshold", "unit", "value", "near"),
    [
        ("le", 15, "s", 13.4, False), ("le", 15, "s", 13.6, True), ("lt", 10, "%", 9.5, True),
        ("ge", 99.5, "%", 99.54, True), ("ge", 99.5, "%", 99.6, False), ("ge", 0.995, "ratio", 0.9951, True),
        ("ge", 50, "", 54, True), ("ge", 50, "", 56, False), ("eq", 0, "", 0, False), ("le", 0, "", 0, False),
    ],
)  # fmt: skip
def test_near_is_a_mark_not_a_verdict(
    comparator: str, threshold: float, unit: str, value: float, near: bool
) -> None:
    rule = LE.model_copy(update={"comparator": comparator, "threshold": threshold, "unit": unit})
    judged = judge(reading(value), rule, NOW)
    assert (judged.verdict, judged.near) == (Verdict.GREEN, near)


@given(
    outcome=st.sampled_from(["reading", "error", "withdrawn"]),
    value=st.none() | st.floats(),
    passed=st.none() | st.booleans(),
    samples=st.none() | st.integers(-5, 10_000),
    age=st.integers(-7200, 7200),
    comparator=st.sampled_from(["le", "ge", "lt", "eq", "true"]),
)
def test_green_means_known_fresh_and_enough(
    outcome: str, value: float | None, passed: bool | None, samples: int | None, age: int, comparator: str
) -> None:
    threshold = None if comparator == "true" else 15.0
    rule = LE.model_copy(update={"comparator": comparator, "threshold": threshold})
    at = NOW - timedelta(seconds=age)
    judged = judge(
        Measured(outcome, at, value=value, passed=passed, samples=samples),  # type: ignore[arg-type]
        rule,
        NOW,
    )
    if judged.verdict is Verdict.GREEN:
        assert outcome == "reading"
        assert -60 <= age < 900
        assert samples is not None and samples >= 100
        assert passed is True or (passed is None and value is not None and math.isfinite(value))
    if judged.verdict in (Verdict.PENDING, Verdict.STALE, Verdict.ERROR):
        assert judged.reason is not None


def test_a_gate_shows_its_worst_item() -> None:
    order = [
        Verdict.RED,
        Verdict.ERROR,
        Verdict.STALE,
        Verdict.PENDING,
        Verdict.GREEN,
        Verdict.NOT_APPLICABLE,
    ]
    for (i, one), (j, other) in product(enumerate(order), repeat=2):
        assert worst([one, other]) is order[min(i, j)]
    assert worst([]) is Verdict.NOT_APPLICABLE
