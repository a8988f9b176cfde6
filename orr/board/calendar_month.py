"""A month of the calendar as a page shows it: days in weeks, what stands in each, the changes in sight."""

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import pgettext

from orr.accounts.models import User
from orr.accounts.roles import role_title
from orr.calendar import reading
from orr.calendar.freezes import Kind, Mark, Planned, judge
from orr.profiles.schema import CALENDAR
from orr.reviews import sight
from orr.reviews.models import Review
from orr.reviews.states import COLLECTING, State

_MONTH = re.compile(r"(2[01]\d\d)-(0[1-9]|1[0-2])\Z")
# Of each day so many are shown; of the whole page so many are looked at.
PER_DAY, MOST = 6, 500
# Months are shown so many years back and ahead.
YEARS = 5
# A planned time that began this long before the page is not looked for.
LONGEST = timedelta(days=32)
_SHAPES = {
    State.CLOSED: ("pass", "check"), State.OBSERVING: ("run", "run"), State.ROLLING_OUT: ("run", "run"),
    State.NO_GO: ("wait", "x"), State.WITHDRAWN: ("wait", "x"), State.EXITED: ("wait", "exit"),
    State.EXITING: ("warn", "exit"),
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What the address asks for: the first day of a month; a kind, an environment, a service, or any."""

    first: date
    kind: str = ""
    environment: str = ""
    service: str = ""

    @property
    def grid(self) -> tuple[datetime, datetime]:
        """From the Sunday at or before the first until after the Saturday at or after the last, local."""
        weeks = calendar.Calendar(6).monthdatescalendar(self.first.year, self.first.month)
        return _midnight(weeks[0][0]), _midnight(weeks[-1][-1] + timedelta(days=1))

    def shows(self, mark: Mark) -> bool:
        """Whether the filters let the mark through; what is of everything is of each."""
        here = not self.environment or mark.environment in ("", self.environment)
        ours = not self.service or not mark.services or self.service in mark.services
        return here and ours and self.kind in ("", mark.kind)


def month_of(text: str, today: date) -> date:
    """The first day of ``2026-11``; of the present month where the text is none.

    Further than `YEARS` from today it is the nearest month that is shown.
    """
    this, found = today.replace(day=1), _MONTH.match(text)
    if not found:
        return this
    first, last = (this.replace(year=today.year + years) for years in (-YEARS, YEARS))
    return min(max(date(int(found.group(1)), int(found.group(2)), 1), first), last)


def shown(asked: Asked, viewer: User, now: datetime) -> dict[str, Any]:
    """The weeks of the page, the changes that lie in a freeze, the neighbouring months."""
    begin, end = asked.grid
    every = reading.seen(begin, end)
    marks = [mark for mark in every if asked.shows(mark)]
    changes = _changes(asked, viewer, (begin, end), every)
    first, length = begin.date(), (end.date() - begin.date()).days
    each = [first + timedelta(days=n) for n in range(length)]
    days = [_day(day, asked, marks[:MOST], changes, now) for day in each]
    return {
        "title": title(asked.first),
        "weeks": [days[n : n + 7] for n in range(0, len(days), 7)],
        "names": [_weekday(day["date"]) for day in days[:7]],
        "before": (asked.first - timedelta(days=1)).replace(day=1),
        "after": (asked.first + timedelta(days=31)).replace(day=1),
        "frozen": [one for one in changes if one["frozen"]],
        "more": max(0, len(marks) - MOST),
        "nothing": not marks and not changes,
        "ahead": [_ahead(one) for one in marks if one.ends > now and one.kind is not Kind.ENTRY][:8],
    }


def title(first: date) -> str:
    """`November 2026` in the reader's language."""
    # Translators: a Django date format string: month and year
    return date_format(first, pgettext("date format", "F Y"))


def month_name(first: date) -> str:
    """`November` in the reader's language."""
    # Translators: a Django date format string: the month alone
    return date_format(first, pgettext("date format", "F"))


def _day(
    day: date, asked: Asked, marks: Sequence[Mark], changes: Sequence[dict[str, Any]], now: datetime
) -> dict[str, Any]:
    begin, end = _midnight(day), _midnight(day + timedelta(days=1))
    here = [mark for mark in marks if mark.begins < end and begin < mark.ends]
    # What lies in a freeze comes first: it is never among those that are not shown.
    ours = sorted((one for one in changes if begin <= one["begins"] < end), key=lambda one: not one["frozen"])
    lines = [_line(mark, begin, end) for mark in here]
    return {
        "date": day,
        "weekday": _weekday(day),
        "off": day.month != asked.first.month,
        "weekend": day.weekday() >= 5,
        "today": day == timezone.localtime(now).date(),
        "frozen": any(mark.kind is Kind.FREEZE for mark in here),
        "lines": lines[:PER_DAY],
        "changes": ours[:PER_DAY],
        "more": max(0, len(lines) - PER_DAY) + max(0, len(ours) - PER_DAY),
        "quiet": not here and not ours,
    }


def _line(mark: Mark, begin: datetime, end: datetime) -> dict[str, Any]:
    """One occurrence on one day: from when and until when on it, where it does not fill the day."""
    return {
        "kind": str(mark.kind),
        "title": mark.title,
        "id": mark.id,
        "begins": mark.begins if mark.begins > begin else None,
        "ends": mark.ends if mark.ends < end else None,
    }


def _ahead(mark: Mark) -> dict[str, Any]:
    return {"kind": str(mark.kind), "title": mark.title, "id": mark.id, "begins": mark.begins,
            "ends": mark.ends, "owner": role_title(mark.owner), "reason": mark.reason}  # fmt: skip


def _changes(
    asked: Asked, viewer: User, window: tuple[datetime, datetime], marks: Sequence[Mark]
) -> list[dict[str, Any]]:
    """The changes in the viewer's sight that are planned in the page, by their beginning."""
    if asked.kind:
        return []
    # ISO dates stand in the order of their texts, an offset moves one by a day at most; the rest is exact.
    texts = [f"{at:%Y-%m-%d}" for at in (window[0] - LONGEST, window[1] + timedelta(days=2))]
    rows = Review.objects.filter(sight.seen_by(viewer)).annotate(
        planned=KeyTextTransform("planned_start", "change_set__body")
    )
    found = rows.filter(planned__gte=texts[0], planned__lt=texts[1]).select_related("change_set")
    told = [_change(one, asked, window, marks) for one in found.order_by("-pk")[:MOST]]
    return sorted((one for one in told if one), key=lambda one: one["begins"])


def _change(
    review: Review, asked: Asked, window: tuple[datetime, datetime], marks: Sequence[Mark]
) -> dict[str, Any] | None:
    planned = Planned.of(review.body)
    if planned is None or not (planned.begins < window[1] and window[0] < planned.ends):
        return None
    if asked.environment not in ("", planned.environment):
        return None
    if asked.service and planned.services and asked.service not in planned.services:
        return None
    s, icon = _SHAPES.get(State(review.state), ("wait", "wait"))
    frozen = review.state in COLLECTING and _frozen(review, planned, marks)
    s, icon = ("fail", "fail") if frozen else (s, icon)
    return {"code": review.code, "title": review.title, "at": planned.begins,
            "begins": max(planned.begins, window[0]), "s": s, "icon": icon, "frozen": frozen}  # fmt: skip


def _frozen(review: Review, planned: Planned, marks: Sequence[Mark]) -> bool:
    """Whether a freeze that its profile does not name meets it, as our own calendar says."""
    named = [one["name"] for one in review.profile["items"][CALENDAR].get("freezes", ())]
    return bool(judge(planned, marks, named).blocking)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _weekday(day: date) -> str:
    return date_format(day, "D")
