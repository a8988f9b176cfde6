"""A line of the calendar as it is asked for: what may stand in it, and every wrong place of it by name."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orr.accounts.models import APPROVER_ROLES, Role, User
from orr.calendar import recurrence
from orr.calendar.freezes import Kind
from orr.calendar.models import LONGEST, Entry
from orr.calendar.recurrence import NotARule
from orr.lib.errors import FieldError, Invalid
from orr.lib.sentence import say

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}\Z")
YEARS = (2000, 2100)
SERVICES = 100
_LIMITS = {"title": 120, "reason": 500, "environment": 60}


@dataclass(frozen=True)
class Line:
    """What is to stand in the calendar: `name` for freezes, `rule` where it comes again, aware moments."""

    kind: str
    title: str
    reason: str
    owner_role: str
    begins_at: datetime | None
    ends_at: datetime | None
    zone: str
    name: str = ""
    owner: User | None = None
    environment: str = ""
    services: tuple[str, ...] = ()
    rule: str = ""

    def columns(self) -> dict[str, Any]:
        """The same as the columns of a row."""
        return {**vars(self), "services": list(self.services)}


def line_of(entry: Entry) -> Line:
    """The line that a row was written from."""
    names = (
        "kind", "title", "reason", "owner_role", "begins_at", "ends_at", "zone", "name", "owner",
        "environment", "rule",
    )  # fmt: skip
    return Line(services=tuple(entry.services), **{name: getattr(entry, name) for name in names})


def checked(line: Line) -> Line:
    """The line as it is kept: trimmed, each service once. Raises Invalid with every wrong place."""
    trimmed = {name: getattr(line, name).strip() for name in (*_LIMITS, "name", "rule", "zone")}
    services = tuple(dict.fromkeys(filter(None, (one.strip() for one in line.services))))
    found = Line(**{**vars(line), **trimmed, "services": services})
    if found.kind != Kind.FREEZE:
        found = Line(**{**vars(found), "name": ""})
    errors = [*_words(found), *_owner(found), *_times(found)]
    if errors:
        raise Invalid(errors)
    return found


def _words(line: Line) -> list[FieldError]:
    errors = []
    if line.kind not in list(Kind):
        errors.append(FieldError("/kind", say("A line is an entry, a freeze or a peak.")))
    for name, limit in _LIMITS.items():
        text = getattr(line, name)
        if not text and name != "environment":
            errors.append(FieldError(f"/{name}", say("This is missing.")))
        if len(text) > limit or not text.isprintable():
            errors.append(FieldError(f"/{name}", say("At most %(n)s characters, in one line.", n=limit)))
    if line.kind == Kind.FREEZE and not _NAME.match(line.name):
        errors.append(
            FieldError("/name", say("A profile names a freeze by 1 to 40 of a–z, 0–9 and hyphens."))
        )
    wrong = [one for one in line.services if len(one) > 200 or not one.isprintable()]
    if wrong or len(line.services) > SERVICES:
        errors.append(FieldError("/services", say("At most 100 services, each of at most 200 characters.")))
    return errors


def _owner(line: Line) -> list[FieldError]:
    """A freeze is owned by a role that signs: its seat joins the quorum of a change that goes in it."""
    if line.owner_role not in Role.values:
        return [FieldError("/owner_role", say("There is no role “%(role)s”.", role=line.owner_role[:20]))]
    if line.kind == Kind.FREEZE and line.owner_role not in APPROVER_ROLES:
        return [FieldError("/owner_role", say("A freeze is owned by a role that signs."))]
    return []


def _times(line: Line) -> list[FieldError]:
    missing = [
        FieldError(f"/{name}", say("Give a date and a time."))
        for name in ("begins_at", "ends_at")
        if getattr(line, name) is None
    ]
    if missing or line.begins_at is None or line.ends_at is None:
        return missing
    if not YEARS[0] <= line.begins_at.year < YEARS[1]:
        return [FieldError("/begins_at", say("A line begins between 2000 and 2099."))]
    if not line.begins_at < line.ends_at <= line.begins_at + LONGEST:
        return [FieldError("/ends_at", say("It ends after it begins, and at most 366 days later."))]
    try:
        where = recurrence.zone(line.zone)
    except NotARule as wrong:
        return [FieldError("/zone", wrong.sentence)]
    try:
        if line.rule:
            recurrence.check(line.rule, line.begins_at, where)
    except NotARule as wrong:
        return [FieldError("/rule", wrong.sentence)]
    return []
