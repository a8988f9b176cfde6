"""Reads one iCalendar file (RFC 5545) and says what of it meets a window; run by `apart` in its own process.

    python -I ical.py BEGIN END ZONE LIMIT <feed.ics >events.json

A file of others may say anything: what is wrong, too much or too often is said, and never left out. It
imports nothing of the house, so that it starts quickly and holds no secret.
"""

import json
import resource
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

MEMORY = 512 * 1024 * 1024
TEXT = 500
# Components of one file, whatever they are.
COMPONENTS = 20_000
TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})


class Refused(Exception):
    """The file is not read: which of the reasons that `apart` has words for, and about what."""

    def __init__(self, why: str, about: str = "") -> None:
        super().__init__(why)
        self.told = {"refused": why, "about": _plain(about)[:80]}


def events(data: bytes, begin: datetime, end: datetime, zone: ZoneInfo, limit: int) -> list[dict[str, Any]]:
    """Every occurrence that shares a moment with [begin, end), as JSON. Raises Refused."""
    import recurring_ical_events

    found = []
    for calendar in _calendars(data):
        _sound(calendar)
        # A day more on each side: what has no zone of its own stands in the one that is given.
        margin = timedelta(days=1)
        occurring = recurring_ical_events.of(calendar, components=["VEVENT"])
        for event in occurring.between(begin.astimezone(UTC) - margin, end.astimezone(UTC) + margin):
            told = _told(event, zone)
            if told is not None and told[0] < end and begin < told[1]:
                found.append(_stated(event, *told))
            if len(found) > limit:
                raise Refused("many")
    return found


def _calendars(data: bytes) -> list[Any]:
    from icalendar import Calendar

    text = data.decode("utf-8-sig", "strict")
    # The library takes a file that was cut off for a whole one.
    if not text.rstrip().upper().endswith("END:VCALENDAR"):
        raise Refused("syntax")
    if text.upper().count("\nBEGIN:") > COMPONENTS:
        raise Refused("many")
    found = Calendar.from_ical(text, multiple=True)
    if not found or any(one.name != "VCALENDAR" for one in found):
        raise Refused("syntax")
    return list(found)


def _sound(calendar: Any) -> None:
    """Raise Refused where an event says something that was not understood, or comes too often."""
    for component in calendar.walk():
        if component.name not in ("VEVENT", "VTIMEZONE", "STANDARD", "DAYLIGHT"):
            continue
        title = str(component.get("SUMMARY") or component.get("UID") or component.name)
        if component.errors:
            raise Refused("property", f"{title}: {component.errors[0][0]}")
        if component.name != "VEVENT":
            continue
        if component.get("DTSTART") is None:
            raise Refused("property", f"{title}: DTSTART")
        _times(component, title)
        for rule in _rules(component):
            if {str(one).upper() for one in rule.get("FREQ", [])} & TOO_OFTEN:
                raise Refused("often", title)


def _times(event: Any, title: str) -> None:
    """Raise Refused for a zone that is unknown, which the library takes for none, and for a wrong end."""
    for name in ("DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE"):
        stated = event.get(name)
        for one in stated if isinstance(stated, list) else [stated] if stated is not None else []:
            moments = [each.dt for each in getattr(one, "dts", [one])]
            known = all(not isinstance(at, datetime) or at.tzinfo for at in moments)
            if one.params.get("TZID") and not known:
                raise Refused("zone", f"{title}: {one.params['TZID']}")
    begins, ends = event["DTSTART"].dt, event["DTEND"].dt if event.get("DTEND") else None
    if ends is not None and type(begins) is type(ends) and _moment(ends, UTC) < _moment(begins, UTC):
        raise Refused("backwards", title)


def _rules(component: Any) -> Iterator[Any]:
    for name in ("RRULE", "EXRULE"):
        found = component.get(name)
        yield from found if isinstance(found, list) else [found] if found is not None else []


def _told(event: Any, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """When the occurrence is; None where it is cancelled or has no length."""
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return None
    begins, ends = _moment(event["DTSTART"].dt, zone), _moment(event["DTEND"].dt, zone)
    return (begins, ends) if begins < ends else None


def _moment(stated: date | datetime, zone: tzinfo) -> datetime:
    """A day is from midnight of the zone; a time without a zone is one of it."""
    if not isinstance(stated, datetime):
        stated = datetime.combine(stated, time())
    return (stated if stated.tzinfo else stated.replace(tzinfo=zone)).astimezone(UTC)


def _stated(event: Any, begins: datetime, ends: datetime) -> dict[str, Any]:
    return {
        "begins": begins.isoformat(),
        "ends": ends.isoformat(),
        "title": _plain(str(event.get("SUMMARY", "")))[:TEXT],
        "description": _plain(str(event.get("DESCRIPTION", "")))[:TEXT],
        "uid": _plain(str(event.get("UID", "")))[:TEXT],
    }


def _plain(text: str) -> str:
    """Without control characters, halves of surrogate pairs, and lines."""
    text = text.encode("utf-8", "replace").decode()
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def main() -> None:
    """Bound ourselves, read, answer; every refusal is an answer too."""
    seconds = int(sys.argv[5])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    begin, end = (datetime.fromisoformat(text) for text in sys.argv[1:3])
    try:
        told: Any = {
            "events": events(sys.stdin.buffer.read(), begin, end, ZoneInfo(sys.argv[3]), int(sys.argv[4]))
        }
    except Refused as refused:
        told = refused.told
    except MemoryError:
        told = {"refused": "large", "about": ""}
    except Exception as error:  # noqa: BLE001 - a foreign file may break the library in any way
        told = {"refused": "syntax", "about": _plain(f"{type(error).__name__} {error}")[:80]}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
