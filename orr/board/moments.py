"""Moments and lengths of time as a reader writes them: pure wording, no clock of its own."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_noop, ngettext, pgettext

Moment = datetime | str | None
UNITS = ((86400, gettext_noop("%(n)s d")), (3600, gettext_noop("%(n)s h")), (60, gettext_noop("%(n)s min")))


def parse(moment: Moment) -> datetime | None:
    """An aware datetime from a datetime or an RFC 3339 string; None stays None."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment) if moment else None
    if moment is None:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def iso(moment: Moment) -> str:
    """RFC 3339 in UTC with milliseconds, for `datetime=` attributes; empty for None."""
    at = parse(moment)
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else ""


def utc(moment: Moment) -> str:
    """`2026-11-22 14:08:03 UTC`, shown on hover."""
    at = parse(moment)
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if at else ""


def hour(moment: Moment, seconds: bool = False) -> str:
    """`14:08` or `14:08:03` in the reader's zone."""
    at = parse(moment)
    return timezone.localtime(at).strftime("%H:%M:%S" if seconds else "%H:%M") if at else "–"


def day(moment: Moment) -> str:
    """`22 Nov` in the reader's zone and language."""
    at = parse(moment)
    # Translators: a Django date format string: day and short month
    return date_format(timezone.localtime(at), pgettext("date format", "j M")) if at else "–"


def long_day(moment: Moment) -> str:
    """`22 November 2026` in the reader's zone and language."""
    at = parse(moment)
    # Translators: a Django date format string: day, month and year
    return date_format(timezone.localtime(at), pgettext("date format", "j F Y")) if at else "–"


def when(moment: Moment, now: Moment, seconds: bool = False) -> str:
    """`14:08` on the day of `now`, else `21 Nov 14:08`, in the reader's zone."""
    at, today = parse(moment), parse(now)
    if at is None:
        return "–"
    if today is not None and timezone.localtime(at).date() == timezone.localtime(today).date():
        return hour(at, seconds)
    return f"{day(at)} {hour(at, seconds)}"


def by_when(moment: Moment, now: Moment) -> str:
    """`18:00 today`, `25 Nov 09:00`: a deadline."""
    at, today = parse(moment), parse(now)
    if at and today and timezone.localtime(at).date() == timezone.localtime(today).date():
        return gettext("%(hour)s today") % {"hour": hour(at)}
    return when(at, now)


def clock(seconds: Any) -> str:
    """`9:42`, `12:05:09`: a running clock; minutes take two places once hours show."""
    if seconds is None:
        return "–"
    total = max(0, int(seconds.total_seconds() if isinstance(seconds, timedelta) else seconds))
    hours, rest = divmod(total, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60:02}:{rest % 60:02}"


def brief(seconds: Any) -> str:
    """`3:42`: a length of time that stands still."""
    text = clock(seconds)
    return text[1:] if text.startswith("0") and len(text) == 5 else text


def span(seconds: Any) -> str:
    """`90 s`, `10 min`, `4 h`, `2 d`: a length of time in its largest whole unit."""
    if seconds is None:
        return "–"
    total = int(seconds)
    for size, word in UNITS:
        if total >= size and total % size == 0:
            return gettext(word) % {"n": total // size}
    return gettext("%(n)s s") % {"n": total}


def age(moment: Moment, now: Moment) -> str:
    """`now`, `2 min`, `3 h`, `6 d`: how long ago, in one unit."""
    at, today = parse(moment), parse(now)
    if at is None or today is None:
        return "–"
    total = max(0, int((today - at).total_seconds()))
    if total < 60:
        return gettext("now")
    for size, word in UNITS:
        if total >= size:
            return gettext(word) % {"n": total // size}
    return gettext("now")


def left(moment: Moment, now: Moment) -> int:
    """Whole seconds from `now` until `moment`; 0 once it has passed."""
    at, today = parse(moment), parse(now)
    return max(0, int((at - today).total_seconds())) if at and today else 0


def days(count: int) -> str:
    """`1 day`, `30 days`."""
    return ngettext("%(n)s day", "%(n)s days", count) % {"n": count}
