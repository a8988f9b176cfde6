"""How old a reading may be (pure): age counts from the measurement, the end of freshness is exclusive."""

from datetime import datetime, timedelta

from orr.profiles.schema import Rule

# A clock of another machine may run a little ahead; a reading from later than this is no reading.
SKEW = timedelta(seconds=60)


def fresh_until(measured_at: datetime, rule: Rule, holds_until: datetime | None = None) -> datetime:
    """The first moment at which the reading is stale; `holds_until`: what it tells of holds no longer."""
    until = measured_at + timedelta(seconds=rule.freshness)
    return until if holds_until is None else min(until, holds_until)


def is_from_the_future(measured_at: datetime, now: datetime) -> bool:
    """Whether the reading claims a time that has not come, beyond what clocks differ by."""
    return measured_at > now + SKEW


def ask_again_at(measured_at: datetime, rule: Rule, holds_until: datetime | None = None) -> datetime:
    """When half of the freshness is over: the time to collect again."""
    return measured_at + (fresh_until(measured_at, rule, holds_until) - measured_at) / 2
