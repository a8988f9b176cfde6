"""OpenCost's allocations (pure): the answer to a question in steps of a day in, the cost of each day out."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from orr.lib.sentence import Sentence, say

LARGEST = 1e15


class NotAllocations(ValueError):
    """The answer is none of the allocation API, or not in whole days; `sentence` says what is wrong."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def daily(told: Mapping[str, Any]) -> tuple[dict[date, Decimal], int]:
    """The cost of each day (UTC) that has allocations, and how many they are. Raises NotAllocations."""
    if told.get("code") != 200 or not isinstance(told.get("data"), list):
        why = str(told.get("message") or told.get("code") or "–")[:200]
        raise NotAllocations(say("OpenCost gave no allocations: %(why)s", why=why))
    if told.get("warning"):
        raise NotAllocations(say("The answer is incomplete: %(why)s", why=str(told["warning"])[:200]))
    found: dict[date, Decimal] = {}
    count = 0
    for step in told["data"]:
        # A day that nothing is known of is an empty step.
        allocations = list((step or {}).values()) if isinstance(step, dict | None) else [None]
        if not allocations:
            continue
        days = {_day(allocation) for allocation in allocations}
        if len(days) != 1 or days & found.keys():
            raise NotAllocations(say("OpenCost did not answer in steps of one day."))
        found[days.pop()] = sum((_cost(allocation) for allocation in allocations), Decimal(0))
        count += len(allocations)
    return found, count


def _day(allocation: Any) -> date:
    """The day of an allocation's window, which is one whole day (UTC)."""
    try:
        start, end = (
            datetime.fromisoformat(allocation["window"][edge]).astimezone(UTC) for edge in ("start", "end")
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise NotAllocations(say("An allocation of OpenCost has no window.")) from error
    if end - start != timedelta(days=1) or start.time() != datetime.min.time():
        raise NotAllocations(say("OpenCost did not answer in steps of one day."))
    return start.date()


def _cost(allocation: Any) -> Decimal:
    cost = allocation.get("totalCost")
    # NaN is not smaller than anything.
    if isinstance(cost, bool) or not isinstance(cost, int | float) or not abs(cost) < LARGEST:
        raise NotAllocations(say("An allocation of OpenCost has no cost."))
    return Decimal(str(cost))
