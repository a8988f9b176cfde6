"""Moments and spans as the report writes them: in one zone that it names, never relative to a clock."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

Moment = datetime | str | None


def parse(moment: Moment) -> datetime | None:
    """An aware datetime from a datetime or an RFC 3339 text; None stays None."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment) if moment else None
    if moment is None:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Clock:
    """Writes moments in one zone; those of the report's own day without their date."""

    def __init__(self, zone: str, as_of: datetime) -> None:
        self._zone = ZoneInfo(zone)
        self.zone = zone
        self._day = as_of.astimezone(self._zone).date()

    def day(self, moment: Moment) -> str:
        """`22 November 2026`."""
        at = parse(moment)
        # Translators: a Django date format string: day, month and year
        return date_format(at.astimezone(self._zone), pgettext("date format", "j F Y")) if at else "–"

    def at(self, moment: Moment, seconds: bool = False) -> str:
        """`14:30` on the report's day, else `21 Nov 14:30`."""
        at = parse(moment)
        if at is None:
            return "–"
        local = at.astimezone(self._zone)
        time = local.strftime("%H:%M:%S" if seconds else "%H:%M")
        if local.date() == self._day:
            return time
        # Translators: a Django date format string: day and short month
        return f"{date_format(local, pgettext('date format', 'j M'))} {time}"


def clock(seconds: float) -> str:
    """`11:56`, `1:02:03`."""
    hours, rest = divmod(max(0, int(seconds)), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def span(seconds: float) -> str:
    """`45 s`, `12 min`, `3 h`, `6 d`: in one unit, rounded down."""
    total = max(0, int(seconds))
    if total < 60:
        return _("%(n)s s") % {"n": total}
    if total < 3600:
        return _("%(n)s min") % {"n": total // 60}
    if total < 86_400:
        return _("%(n)s h") % {"n": total // 3600}
    return _("%(n)s d") % {"n": total // 86_400}


def between(start: Moment, end: Moment) -> float | None:
    """Seconds from one moment to the other; None where one isn't there."""
    first, last = parse(start), parse(end)
    return (last - first).total_seconds() if first and last else None


def as_of(facts: Mapping[str, Any]) -> datetime:
    """The moment the report speaks of: the last thing that happened, so equal facts name an equal moment."""
    moments = [at for at in map(parse, _happened(facts)) if at is not None]
    return max(moments, default=datetime(1970, 1, 1, tzinfo=UTC))


def _happened(facts: Mapping[str, Any]) -> Iterator[Moment]:
    yield facts["opened_at"]
    for entry in facts["log"]["entries"]:
        yield entry["at"]
    for gate in facts["gates"]:
        for item in gate["items"]:
            yield item["collected_at"]
    approval, decision = facts["approval"] or {}, facts["decision"] or {}
    yield approval.get("proposed_at")
    yield decision.get("effective_at")
    for slot in approval.get("slots", []):
        yield slot["signed_at"]
    rollout, exit_ = facts["rollout"] or {}, facts["exit"] or {}
    for name in ("started_at", "finished_at", "closed_at"):
        yield rollout.get(name)
    yield exit_.get("started_at")
    yield exit_.get("ended_at")
