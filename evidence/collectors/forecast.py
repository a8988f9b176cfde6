"""What a month will cost, forecast from its days so far (pure): an interval of two run rates."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

WEEK = 7
DAY = timedelta(days=1)


class MissingDay(ValueError):
    """A day that the forecast needs has no cost: it is not known, and not zero."""

    def __init__(self, day: date) -> None:
        super().__init__(f"no cost of {day}")
        self.day = day


@dataclass(frozen=True)
class Forecast:
    """Of the month of `as_of`: its cost before that day, the days from it on, and what a day costs.

    `by_month` is the mean day of the month so far, `by_week` that of the last seven days. On the first
    day of a month there is no day so far, and both are the week's.
    """

    as_of: date
    budget: Decimal
    month_to_date: Decimal
    days_left: int
    by_month: Decimal
    by_week: Decimal

    @property
    def overages(self) -> tuple[Decimal, Decimal]:
        """The share over the budget (0.1 is 10 % over), the lower and the higher of the two."""
        both = [self._overage(rate) for rate in (self.by_month, self.by_week)]
        return min(both), max(both)

    def _overage(self, rate: Decimal) -> Decimal:
        return (self.month_to_date + rate * self.days_left) / self.budget - 1


def needed(as_of: date) -> list[date]:
    """The days whose cost a forecast needs: those of the month before `as_of`, and the seven before it."""
    first = min(as_of.replace(day=1), as_of - WEEK * DAY)
    return [first + n * DAY for n in range((as_of - first).days)]


def forecast(daily: Mapping[date, Decimal], as_of: date, budget: Decimal) -> Forecast:
    """The forecast from the cost of each day; days of `as_of` and later are not looked at.

    Raises MissingDay for the first needed day without cost, ValueError for a budget that is none.
    """
    if not (budget.is_finite() and budget > 0):
        raise ValueError("a budget is above zero")
    days = needed(as_of)
    for day in days:
        if day not in daily:
            raise MissingDay(day)
    month = [daily[day] for day in days if day >= as_of.replace(day=1)]
    by_week = sum((daily[day] for day in days[-WEEK:]), Decimal(0)) / WEEK
    to_date = sum(month, Decimal(0))
    return Forecast(
        as_of=as_of,
        budget=budget,
        month_to_date=to_date,
        days_left=calendar.monthrange(as_of.year, as_of.month)[1] - len(month),
        by_month=to_date / len(month) if month else by_week,
        by_week=by_week,
    )
