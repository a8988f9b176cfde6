"""One line of the calendar as a page shows it: what it says, when it comes next, who may cancel it."""

from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from orr.accounts.models import Role, User
from orr.accounts.roles import role_title, roles_of
from orr.board.moments import parse
from orr.calendar import actions, reading
from orr.calendar.models import Entry
from orr.lib.errors import OrrError
from orr.lib.met import Unmet
from orr.profiles.schema import CALENDAR
from orr.sources.items import CalendarItem
from orr.sources.load import sources

AHEAD = timedelta(days=366)
TIMES = 5


def shown(entry: Entry, viewer: User, now: datetime) -> dict[str, Any]:
    """The line, its next times, and why the viewer may not cancel it where that is so."""
    may = actions.may_cancel(entry, viewer)
    ahead = reading.marks_of(entry, now, now + AHEAD) if not entry.cancelled_at else iter(())
    return {
        "entry": entry,
        "word": kind_word(entry.kind),
        "now": now,
        "owner_role": role_title(entry.owner_role),
        "times": list(islice(ahead, TIMES)),
        "month": f"{parse(entry.begins_at):%Y-%m}",
        "cannot": may.reason if isinstance(may, Unmet) else None,
    }


def kind_word(kind: str) -> str:
    """What the line is, in the active language."""
    return {"entry": _("Entry"), "freeze": _("Freeze"), "peak": _("Peak")}.get(kind, kind)


def writes_somewhere(viewer: User) -> bool:
    """Whether the person writes the calendar for some service at least; the act itself says for which."""
    return not roles_of(viewer).isdisjoint({Role.RELEASE_MANAGER.value, Role.ADMIN.value})


def feeds() -> list[str]:
    """The files that are read beside our own calendar, as the sources file names them."""
    try:
        item = sources().item(CALENDAR)
    except OrrError:
        return []
    if item is None or not isinstance(item.settings, CalendarItem):
        return []
    return [f"{item.source.name} {feed.path} ({kind_word(feed.kind)})" for feed in item.settings.feeds]
