"""G5.1: what the month will cost against its budget, from OpenCost's allocations or from FOCUS files.

Judged is the worse of two run rates, and both are shown. A day of unknown cost is an error, never zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date
from decimal import Decimal
from urllib.parse import urlencode

from evidence.collectors import opencost
from evidence.collectors.asked_source import AskedSource
from evidence.collectors.exchange import Exchange
from evidence.collectors.focus import Costs, NotFocus
from evidence.collectors.forecast import DAY, Forecast, MissingDay, forecast, needed
from evidence.collectors.opencost import NotAllocations
from evidence.contract import Collector, Malformed, Query, Reading, Unconfigured, Window
from evidence.registry import waiting
from orr.lib.sentence import Sentence, say
from orr.sources.items import FocusItem, OpencostItem
from orr.sources.load import sources

ITEM = "G5.1"
# For everything that is fetched for one reading.
MAX_BYTES = 8 * 1024 * 1024
MONTH = "{month}"


@dataclass(frozen=True)
class Overage(AskedSource):
    """The worse of two forecasts of the month, as the share over its budget."""

    settings: OpencostItem | FocusItem

    def collect(self, query: Query, window: Window) -> Reading:
        """`value` is the higher overage, in the rule's unit. Malformed for a day without cost."""
        asking = Exchange(self.source, MAX_BYTES)
        as_of = window.end.astimezone(UTC).date() - self.settings.lag * DAY
        daily, samples = self._daily(asking, as_of)
        found = self._forecast(asking, daily, as_of)
        low, high = found.overages
        scale = 100 if query.rule.unit == "%" else 1
        return Reading(
            value=round(float(high * scale), 9),
            passed=None,
            unit=query.rule.unit,
            text=_interval(low, high),
            samples=samples,
            raw=asking.raw,
            query=asking.queries,
            source=self.source.name,
            url=self.settings.link or self.source.link or "",
            measured_at=window.end,
            measured_on=self.settings.measured_on,
            detail=_said(found, self.settings.currency),
        )

    def _daily(self, asking: Exchange, as_of: date) -> tuple[Mapping[date, Decimal], int]:
        """The cost of each day that a forecast needs, and from how many rows."""
        try:
            if isinstance(self.settings, FocusItem):
                return _of_files(asking, self.settings, as_of)
            return _of_allocations(asking, self.settings, as_of)
        except (NotFocus, NotAllocations) as error:
            raise asking.malformed(error.sentence) from error
        except MissingDay as missing:
            raise self._incomplete(asking, missing) from missing

    def _forecast(self, asking: Exchange, daily: Mapping[date, Decimal], as_of: date) -> Forecast:
        try:
            found = forecast(daily, as_of, self.settings.budget)
        except MissingDay as missing:
            raise self._incomplete(asking, missing) from missing
        if not any(daily[day] for day in needed(as_of)):
            raise asking.malformed(say("%(name)s holds nothing but zero costs.", name=self.source.name))
        return found

    def _incomplete(self, asking: Exchange, missing: MissingDay) -> Malformed:
        words = {"name": self.source.name, "day": str(missing.day)}
        return asking.malformed(
            say("%(name)s holds no cost of %(day)s: the forecast needs every day.", **words)
        )


def factory() -> Collector:
    """The collector as the sources file says now. Raises Unconfigured."""
    item = sources().item(ITEM)
    if item is None or not isinstance(item.settings, OpencostItem | FocusItem):
        raise Unconfigured(waiting(ITEM))
    return Overage(item.source, item.settings)


def _of_allocations(
    asking: Exchange, settings: OpencostItem, as_of: date
) -> tuple[Mapping[date, Decimal], int]:
    """From the allocations of each day, the idle ones too: they are paid for."""
    words = {
        "window": f"{needed(as_of)[0]}T00:00:00Z,{as_of}T00:00:00Z",
        "step": "1d",
        "aggregate": "cluster",
        "includeIdle": "true",
    } | ({"filter": settings.filter} if settings.filter else {})
    _, told = asking.document("GET", f"/allocation?{urlencode(words)}")
    return opencost.daily(told)


def _of_files(asking: Exchange, settings: FocusItem, as_of: date) -> tuple[Mapping[date, Decimal], int]:
    """From the billed cost of FOCUS rows; the files of one reading share the cap on bytes."""
    days = needed(as_of)
    all_of_them = Costs(days[0], as_of, settings.currency)
    for template in dict.fromkeys(settings.paths):
        costs = Costs(days[0], as_of, settings.currency)
        for path in _paths(template, days):
            body = asking.text(path)
            asking.max_bytes -= len(body)
            costs.add(path, body)
        # A bill that is silent is not one of nothing, whatever the others say.
        silent = [day for day in days if day not in costs.daily]
        if silent and (MONTH in template or len(silent) == len(days)):
            raise MissingDay(silent[0])
        all_of_them.include(costs)
    return all_of_them.daily, all_of_them.rows


def _paths(template: str, days: list[date]) -> list[str]:
    """The path, or with ``{month}`` one for every month (``2026-03``) that the days lie in."""
    months = sorted({f"{day:%Y-%m}" for day in days})
    return list(dict.fromkeys(template.replace(MONTH, month) for month in months))


def _interval(low: Decimal, high: Decimal) -> str:
    ends = list(dict.fromkeys(f"{float(end) * 100:+.2f}" for end in (low, high)))
    return f"{' … '.join(ends)} %"


def _said(found: Forecast, currency: str) -> Sentence:
    low, high = (round(float(end) * 100, 2) for end in found.overages)
    return say(
        "%(spent)s %(currency)s before %(day)s; a day costs %(month)s (mean of the month) or %(week)s "
        "(mean of the last 7 days). With %(left)s days left the month ends %(low)s %% to %(high)s %% over "
        "the budget of %(budget)s %(currency)s.",
        spent=_amount(found.month_to_date),
        currency=currency,
        day=str(found.as_of),
        month=_amount(found.by_month),
        week=_amount(found.by_week),
        left=found.days_left,
        low=low,
        high=high,
        budget=_amount(found.budget),
    )


def _amount(value: Decimal) -> str:
    return f"{value:.2f}"
