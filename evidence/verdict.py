"""The verdict of an item (pure): a function of its reading, its rule and the time. Unknown is never green."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from evidence import freshness
from orr.lib.sentence import Sentence, say
from orr.profiles.schema import Rule

NEAR = 0.1


class Verdict(StrEnum):
    """The six verdicts; only green and not applicable pass."""

    GREEN = "green"
    RED = "red"
    PENDING = "pending"
    STALE = "stale"
    ERROR = "error"
    NOT_APPLICABLE = "not_applicable"


# Worst first: what a gate shows of its items.
ORDER = (Verdict.RED, Verdict.ERROR, Verdict.STALE, Verdict.PENDING, Verdict.GREEN)


@dataclass(frozen=True)
class Measured:
    """A stored reading, as far as it is judged. `value` is in the rule's unit."""

    outcome: Literal["reading", "error", "withdrawn", "lacking", "part"]
    measured_at: datetime
    value: float | None = None
    passed: bool | None = None
    samples: int | None = None
    measured_on: str | None = None
    unit: str = ""
    reason: Sentence | None = None
    attested: bool = False
    holds_until: datetime | None = None


@dataclass(frozen=True)
class Judgement:
    """The verdict, why it is not green, whether it is close to the threshold, until when it holds."""

    verdict: Verdict
    reason: Sentence | None
    near: bool
    fresh_until: datetime | None


def judge(reading: Measured | None, rule: Rule, now: datetime) -> Judgement:
    """Judge one item at `now`. Whether the rule applies at all is the caller's to say first."""
    if not rule.adopted:
        return Judgement(Verdict.NOT_APPLICABLE, say("Not adopted by this profile."), False, None)
    if reading is None:
        return _waiting(say("Nothing has been collected yet."))
    if reading.outcome in ("withdrawn", "lacking", "part"):
        return _waiting(reading.reason or say("The statement was withdrawn."))
    until = freshness.fresh_until(reading.measured_at, rule, reading.holds_until)
    unusable = _unusable(reading, rule, now)
    if unusable is not None:
        return Judgement(Verdict.ERROR, unusable, False, None)
    if now >= until:
        return Judgement(Verdict.STALE, say("The reading is too old; it is asked for again."), False, until)
    lacking = _lacking(reading, rule)
    if lacking is not None:
        return Judgement(Verdict.PENDING, lacking, False, until)
    if not _holds(reading, rule):
        return Judgement(Verdict.RED, reading.reason, False, until)
    return Judgement(Verdict.GREEN, None, _near(reading.value, rule), until)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of them; not applicable if all of them are, or if there are none."""
    found = set(verdicts)
    return next((verdict for verdict in ORDER if verdict in found), Verdict.NOT_APPLICABLE)


def _waiting(why: Sentence) -> Judgement:
    return Judgement(Verdict.PENDING, why, False, None)


def _unusable(reading: Measured, rule: Rule, now: datetime) -> Sentence | None:
    if reading.outcome != "reading":
        return reading.reason or say("The source could not be asked.")
    if freshness.is_from_the_future(reading.measured_at, now):
        return say("The reading claims a time that has not come yet.")
    if reading.value is not None and not math.isfinite(reading.value):
        return say("The answer is not a number.")
    if reading.passed is None and (reading.value is None or rule.threshold is None):
        return say("The answer holds nothing that could be judged.")
    return None


def _lacking(reading: Measured, rule: Rule) -> Sentence | None:
    if reading.attested:
        # A person's word has no samples and is not measured on anything; the board marks it as their word.
        return None
    if rule.measured_on != "any" and reading.measured_on != rule.measured_on:
        return say("This profile asks for a reading of the %(which)s.", which=say(rule.measured_on))
    if rule.min_samples and (reading.samples is None or reading.samples < rule.min_samples):
        return say(
            "%(n)s of %(needed)s samples are there: too few to judge.",
            n=reading.samples or 0,
            needed=rule.min_samples,
        )
    return None


def _holds(reading: Measured, rule: Rule) -> bool:
    if reading.passed is not None:
        return reading.passed
    value, threshold = reading.value, rule.threshold
    if value is None or threshold is None:
        return False
    if rule.comparator == "le":
        return value <= threshold
    if rule.comparator == "lt":
        return value < threshold
    if rule.comparator == "ge":
        return value >= threshold
    return rule.comparator == "eq" and value == threshold


def _near(value: float | None, rule: Rule) -> bool:
    """Within a tenth of the threshold; of a share, within a tenth of what it may miss."""
    if value is None or rule.threshold is None or rule.comparator not in ("le", "lt", "ge"):
        return False
    if rule.comparator != "ge":
        return value > rule.threshold * (1 - NEAR) and rule.threshold > 0
    whole = 100.0 if rule.unit == "%" else 1.0
    if rule.threshold < whole and rule.unit in ("%", "ratio"):
        return value - rule.threshold < NEAR * (whole - rule.threshold)
    return value < rule.threshold * (1 + NEAR)
