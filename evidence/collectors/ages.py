"""How old what a source shows may be, and that it is not of a time that has not come."""

from datetime import datetime, timedelta

from evidence.collectors.exchange import Exchange
from evidence.freshness import is_from_the_future
from orr.lib.sentence import say
from orr.profiles.schema import Rule


def at_most(asking: Exchange, rule: Rule, own: int | None) -> timedelta:
    """The stricter of the profile's `max_age` and the item's own, in seconds. Malformed without either."""
    stated = [age for age in (rule.max_age, own) if age]
    if not stated:
        raise asking.malformed(say("Neither the profile nor the sources file says how old this may be."))
    return timedelta(seconds=min(stated))


def come(asking: Exchange, at: datetime, now: datetime) -> datetime:
    """The time, if it has come. Raises Malformed: a clock that is ahead makes everything young."""
    if is_from_the_future(at, now):
        stated = f"{at:%Y-%m-%d %H:%M:%S} UTC"
        raise asking.malformed(
            say("%(name)s claims a time that has not come yet: %(at)s.", name=asking.source.name, at=stated)
        )
    return at
