"""How old a reading may be (pure): age counts from the measurement, the end of freshness is exclusive."""

from datetime import datetime, timedelta

from orr.profiles.schema import Rule

# A clock of another machine may run a little ahead; a reading from later than this is no reading.
SKEW = timedelta(seconds=60)


def fresh_until(measured_at: datetime, rule: Rule) -> datetime:
    """The first moment at which the reading is stale."""
    return measured_at + timedelta(seconds=rule.freshness)


def is_stale(measured_at: datetime, rule: Rule, now: datetime) -> bool:
    """Whether the reading is too old to say anything about now."""
    return now >= fresh_until(measured_at, rule)


def is_from_the_future(measured_at: datetime, now: datetime) -> bool:
    """Whether the reading claims a time that has not come, beyond what clocks differ by."""
    return measured_at > now + SKEW


def ask_again_at(measured_at: datetime, rule: Rule) -> datetime:
    """When half of the freshness is over: the time to collect again."""
    return measured_at + timedelta(seconds=rule.freshness / 2)
