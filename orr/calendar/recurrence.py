"""When an entry of our own comes again (pure): a small part of RFC 5545's RRULE, in its own time zone.

Only rules by day, week, month or year, whose first time is the entry's own: so looking for the next one
always ends soon. The length is that of the wall clock, so a night stays a night when the clocks change.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from dateutil import rrule

from orr.lib.errors import OrrError
from orr.lib.sentence import say

LONGEST = 300
# More occurrences of one entry than this are never looked at in one question.
MOST = 1000
# More than any clock is put forward or back.
CHANGE = timedelta(days=1)
_FREQUENCIES = {
    "DAILY": rrule.DAILY,
    "WEEKLY": rrule.WEEKLY,
    "MONTHLY": rrule.MONTHLY,
    "YEARLY": rrule.YEARLY,
}
_BY = {
    "DAILY": frozenset[str](),
    "WEEKLY": frozenset({"BYDAY"}),
    "MONTHLY": frozenset({"BYDAY", "BYMONTHDAY"}),
    "YEARLY": frozenset({"BYMONTH", "BYMONTHDAY"}),
}
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)\Z")
_UNTIL = re.compile(r"[0-9]{8}(T[0-9]{6}Z?)?\Z")


class NotARule(OrrError):
    """A text that says no repetition, or none that is taken here."""

    status = 422
    slug = "invalid"


def zone(name: str) -> ZoneInfo:
    """The time zone of that name (IANA). Raises NotARule."""
    if name not in available_timezones():
        raise NotARule(say("There is no time zone “%(name)s”.", name=name[:64]))
    return ZoneInfo(name)


def check(text: str, begins: datetime, where: ZoneInfo) -> None:
    """Raise NotARule unless the text is a rule that is taken here and whose first time is `begins`."""
    local = begins.astimezone(where).replace(tzinfo=None)
    parts = _parts(text)
    wrong = NotARule(say("The first time of the rule is not the beginning of the entry."))
    if "BYMONTHDAY" in parts and local.day not in _numbers(parts["BYMONTHDAY"], 1, 31):
        raise wrong
    if "BYMONTH" in parts and local.month not in _numbers(parts["BYMONTH"], 1, 12):
        raise wrong
    if "BYDAY" in parts and _DAYS[local.weekday()] not in {day for _, day in _days(parts["BYDAY"])}:
        raise wrong
    if next(iter(_rule(parts, local, where)), None) != local:
        raise wrong


def occurrences(
    begins: datetime, ends: datetime, where: ZoneInfo, text: str, window: tuple[datetime, datetime],
    *, strictly_long: bool,
) -> Iterator[tuple[datetime, datetime]]:  # fmt: skip
    """Each [begin, end) that meets the half-open window, in order; without a rule the one there is.

    `strictly_long`: a time that the clock shows twice or not at all counts for the longer of both readings,
    else for the shorter one: a freeze holds longer, an entry covers less.
    """
    if not text:
        if begins < window[1] and window[0] < ends:
            yield begins, ends
        return
    local, length = _wall(begins, where), _wall(ends, where) - _wall(begins, where)
    if strictly_long and length <= timedelta(0):
        # It begins and ends in an hour that comes twice.
        length = ends - begins
    parts, given = _parts(text), 0
    start = _near(parts, local, _wall(window[0], where) - length - 2 * CHANGE)
    last = _wall(window[1], where) + 2 * CHANGE
    for at in _rule(parts, start, where):
        if at > last or given >= MOST:
            return
        first = moment(at, where, early=strictly_long)
        end = moment(at + length, where, early=not strictly_long)
        if first < window[1] and window[0] < end and first < end:
            given += 1
            yield first, end


def moment(local: datetime, where: ZoneInfo, *, early: bool) -> datetime:
    """The moment in UTC at which the wall clock shows the naive time.

    Of one that it shows twice, or (as it is put forward) never, the earlier or the later reading.
    """
    # In UTC: two moments of one zone are compared by their wall clocks, whatever hour is meant.
    both = [local.replace(tzinfo=where, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return min(both) if early else max(both)


def _wall(at: datetime, where: ZoneInfo) -> datetime:
    return at.astimezone(where).replace(tzinfo=None)


def _near(parts: dict[str, str], local: datetime, wanted: datetime) -> datetime:
    """The first time, or one that the rule comes to as well, not after the wanted one where that is later.

    By day and by week whole steps are left out, which changes nothing; a rule that counts is never shortened.
    """
    step = {"DAILY": timedelta(days=1), "WEEKLY": timedelta(weeks=1)}.get(parts["FREQ"])
    if step is None or "COUNT" in parts:
        return local
    step *= _numbers(parts.get("INTERVAL", "1"), 1, 366)[0]
    return local + max(0, (wanted - local) // step) * step


def _parts(text: str) -> dict[str, str]:
    """The rule's parts by name. Raises NotARule."""
    pairs = [part.partition("=") for part in text.split(";")]
    parts = {name: value for name, _, value in pairs}
    frequency = parts.get("FREQ", "")
    # The database, too, takes a rule whose first part is its frequency only.
    begun = pairs[0][0] == "FREQ" and frequency in _FREQUENCIES
    if len(text) > LONGEST or len(parts) != len(pairs) or not begun:
        raise NotARule(
            say("A rule begins with FREQ=DAILY, WEEKLY, MONTHLY or YEARLY, and says each part once.")
        )
    other = sorted(parts.keys() - {"FREQ", "INTERVAL", "COUNT", "UNTIL"} - _BY[frequency])
    if other:
        raise NotARule(say("%(part)s is not taken in a rule of this kind.", part=other[0][:20]))
    if {"COUNT", "UNTIL"} <= parts.keys():
        raise NotARule(say("A rule ends by COUNT or by UNTIL, not by both."))
    return parts


def _rule(parts: dict[str, str], local: datetime, where: ZoneInfo) -> rrule.rrule:
    given: dict[str, Any] = {"interval": _numbers(parts.get("INTERVAL", "1"), 1, 366)[0]}
    if "COUNT" in parts:
        given["count"] = _numbers(parts["COUNT"], 1, MOST)[0]
    if "UNTIL" in parts:
        given["until"] = _until(parts["UNTIL"], where)
    if "BYDAY" in parts:
        week = [
            getattr(rrule, day)(int(nth)) if nth else getattr(rrule, day)
            for nth, day in _days(parts["BYDAY"])
        ]
        if parts["FREQ"] == "WEEKLY" and any(nth for nth, _ in _days(parts["BYDAY"])):
            raise NotARule(say("A week has each day once: BYDAY takes no number there."))
        given["byweekday"] = week
    if "BYMONTHDAY" in parts:
        given["bymonthday"] = _numbers(parts["BYMONTHDAY"], 1, 31)
    if "BYMONTH" in parts:
        given["bymonth"] = _numbers(parts["BYMONTH"], 1, 12)
    return rrule.rrule(_FREQUENCIES[parts["FREQ"]], dtstart=local, **given)


def _numbers(text: str, lowest: int, highest: int) -> list[int]:
    try:
        found = [
            int(part) for part in text.split(",") if part.isascii() and part.isdecimal() and len(part) < 5
        ]
    except ValueError:
        found = []
    if len(found) != len(text.split(",")) or not all(lowest <= one <= highest for one in found):
        raise NotARule(
            say("“%(text)s” is no number from %(low)s to %(high)s.", text=text[:20], low=lowest, high=highest)
        )
    return found


def _days(text: str) -> list[tuple[str, str]]:
    found = [_DAY.match(part) for part in text.split(",")]
    if not all(found):
        raise NotARule(say("BYDAY names days like MO, or 1MO and -1FR in a month."))
    return [(one.group(1) or "", one.group(2)) for one in found if one]


def _until(text: str, where: ZoneInfo) -> datetime:
    """The last moment at which an occurrence may begin, on the wall clock of the entry's zone."""
    if not _UNTIL.match(text):
        raise NotARule(say("UNTIL is a date like 20261231, or a moment like 20261231T150000Z."))
    try:
        if len(text) == 8:
            return datetime.strptime(text + "235959", "%Y%m%d%H%M%S")
        found = datetime.strptime(text.removesuffix("Z"), "%Y%m%dT%H%M%S")
        if text.endswith("Z"):
            return found.replace(tzinfo=UTC).astimezone(where).replace(tzinfo=None)
    except (ValueError, OverflowError) as error:
        raise NotARule(say("UNTIL names a moment that is not there.")) from error
    return found
