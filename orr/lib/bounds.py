"""The times that people mean: between the years 2000 and 2200, so that every zone and sum can hold them."""

from datetime import UTC, datetime

from orr.lib.sentence import say

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
BEYOND = say("A time lies between the years 2000 and 2200.")


def plausible(at: datetime) -> bool:
    """Whether the aware time is one that can be worded in every zone."""
    return EARLIEST <= at < LATEST
