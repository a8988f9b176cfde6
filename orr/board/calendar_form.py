"""The form of a line of the calendar: what was typed, and the line that it means."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from orr.accounts import people
from orr.accounts.models import APPROVER_ROLES, Role, User
from orr.accounts.roles import role_title
from orr.calendar import recurrence
from orr.calendar.freezes import Kind
from orr.calendar.lines import Line
from orr.calendar.recurrence import NotARule
from orr.lib.errors import FieldError, Invalid, NotFound
from orr.lib.sentence import say

FIELDS = (
    "kind", "title", "name", "reason", "owner_role", "owner", "environment", "services", "begins_at",
    "ends_at", "zone", "repeats", "until", "rule",
)  # fmt: skip
LONGEST = 4000
REPEATS = ("", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")


def fields(sent: Mapping[str, Any]) -> dict[str, str]:
    """Every field as it was typed, or as an address fills it in; the zone is the reader's unless said."""
    typed = {name: str(sent.get(name, ""))[:LONGEST] for name in FIELDS}
    typed["zone"] = typed["zone"] or timezone.get_current_timezone_name()
    typed["kind"] = typed["kind"] or Kind.ENTRY.value
    return {**typed, "key": _key(sent.get("key", "")) or str(uuid.uuid4())}


def line(typed: Mapping[str, str]) -> Line:
    """The line that is meant. Raises Invalid where a moment, a person or a zone is none."""
    where = _zone(typed["zone"])
    # What the clock shows twice or never: a freeze or a peak takes the longer reading, an entry the shorter.
    longer = typed["kind"] != Kind.ENTRY
    begins = _moment(typed["begins_at"], where, "begins_at", early=longer)
    ends = _moment(typed["ends_at"], where, "ends_at", early=not longer)
    return Line(
        kind=typed["kind"], title=typed["title"], name=typed["name"],
        reason=" ".join(typed["reason"].split()), owner_role=typed["owner_role"],
        owner=_owner(typed["owner"]),
        environment=typed["environment"], services=tuple(typed["services"].replace("\n", ",").split(",")),
        begins_at=begins, ends_at=ends, zone=typed["zone"].strip(), rule=_rule(typed),
    )  # fmt: skip


def choices() -> dict[str, Any]:
    """What the form offers: roles, the signing ones among them, and people."""
    return {
        "roles": [(role.value, role_title(role)) for role in Role],
        "signing": sorted(APPROVER_ROLES),
        "people": User.objects.filter(is_active=True).exclude(pk=people.system().pk).order_by("name"),
    }


def key_of(typed: Mapping[str, str]) -> uuid.UUID:
    """The id that the line gets, so that the form sent twice writes one."""
    return uuid.UUID(typed["key"])


def pointers(error: Invalid) -> dict[str, str]:
    """What is wrong, by field."""
    return {one.pointer.strip("/"): str(one.sentence) for one in error.errors}


def _key(text: str) -> str:
    try:
        return str(uuid.UUID(str(text)[:40]))
    except ValueError:
        return ""


def _zone(name: str) -> ZoneInfo:
    try:
        return recurrence.zone(name.strip())
    except NotARule as wrong:
        raise Invalid([FieldError("/zone", wrong.sentence)]) from wrong


def _moment(text: str, where: ZoneInfo, name: str, *, early: bool) -> datetime | None:
    """As the field of the browser sends it, by the wall clock of the line's zone; None for nothing.

    `early`: of two readings of the wall clock the earlier one.
    """
    if not text.strip():
        return None
    try:
        found = parse_datetime(text.strip()[:40])
    except (ValueError, OverflowError):
        found = None
    if found is None or not 1900 < found.year < 9000:
        raise Invalid([FieldError(f"/{name}", say("Give a date and a time."))])
    return found if found.tzinfo else recurrence.moment(found, where, early=early)


def _owner(username: str) -> User | None:
    if not username.strip():
        return None
    try:
        return people.find(username.strip())
    except NotFound as error:
        raise Invalid([FieldError("/owner", error.sentence)]) from error


def _rule(typed: Mapping[str, str]) -> str:
    """The rule in its own words, or of the two simple choices."""
    if typed["rule"].strip():
        return typed["rule"].strip().upper().removeprefix("RRULE:")
    if not typed["repeats"]:
        return ""
    until = typed["until"].strip().replace("-", "")
    return f"FREQ={typed['repeats']}" + (f";UNTIL={until}" if until else "")
