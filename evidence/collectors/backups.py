"""G6.1: the newest backup is sound and young enough to restore to a point in time; its rehearsal is pushed.

What pgBackRest and Barman print as JSON is fetched from the address where their operator publishes it: we run
no command. A published file that is no longer written shows an old backup, so its age tells.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from evidence.collectors import ages, barman, pgbackrest
from evidence.collectors.asked_source import AskedSource
from evidence.collectors.backup import Backup, NotTold
from evidence.collectors.exchange import Exchange
from evidence.contract import Collector, Query, Reading, Unconfigured, Window
from evidence.registry import waiting
from orr.lib.sentence import Sentence, say
from orr.sources.load import sources
from orr.sources.recovery import BarmanItem, PgbackrestItem

ITEM = "G6.1"


@dataclass(frozen=True)
class PointInTime(AskedSource):
    """The newest backup of one stanza or server, with the WAL that reaches from it."""

    settings: PgbackrestItem | BarmanItem
    wants_rehearsal: bool = field(default=True, init=False)

    def collect(self, query: Query, window: Window) -> Reading:
        """`value` is the age of the newest backup in hours, None where there is none."""
        asking = Exchange(self.source)
        most = ages.at_most(asking, query.rule, self.settings.rpo)
        found = self._newest(asking)
        if found.ended is not None:
            ages.come(asking, found.ended, window.end)
        wrong = found.wrong or _too_old(found, window.end, most)
        hours = None if found.ended is None else _hours(window.end - found.ended)
        return Reading(
            value=hours,
            passed=wrong is None,
            text="–" if hours is None else f"{hours} h",
            unit=query.rule.unit,
            samples=found.backups,
            raw=asking.raw,
            query=asking.queries,
            source=self.source.name,
            url=self.settings.link or self.source.link or "",
            measured_at=window.end,
            measured_on=self.settings.measured_on,
            detail=wrong or _said(found),
            holds_until=found.ended + most if found.ended and wrong is None else None,
            wants_rehearsal=True,
        )

    def _newest(self, asking: Exchange) -> Backup:
        settings = self.settings
        try:
            if isinstance(settings, PgbackrestItem):
                return pgbackrest.newest(asking.value("GET", settings.path), settings.stanza)
            checked = asking.value("GET", settings.check)
            return barman.newest(checked, asking.value("GET", settings.backup), settings.server)
        except NotTold as error:
            raise asking.malformed(error.sentence) from error


def factory() -> Collector:
    """The collector as the sources file says now. Raises Unconfigured."""
    item = sources().item(ITEM)
    if item is None or not isinstance(item.settings, PgbackrestItem | BarmanItem):
        raise Unconfigured(waiting(ITEM))
    return PointInTime(item.source, item.settings)


def _too_old(found: Backup, now: datetime, most: timedelta) -> Sentence | None:
    if found.ended is None or now - found.ended <= most:
        return None
    return say(
        "The newest backup, %(label)s, ended %(hours)s h ago; %(most)s h are allowed.",
        label=found.label,
        hours=_hours(now - found.ended),
        most=_hours(most),
    )


def _said(found: Backup) -> Sentence:
    ended = f"{found.ended:%Y-%m-%d %H:%M} UTC" if found.ended else "–"
    return say("The newest backup, %(label)s, ended %(at)s.", label=found.label, at=ended)


def _hours(span: timedelta) -> float:
    return round(span.total_seconds() / 3600, 2)
