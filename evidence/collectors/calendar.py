"""G7.3: the planned window stands in the change calendar, and no freeze meets it but those the profile names.

Our own calendar is read, and every feed of the sources file; one that does not answer is an error, whatever
the others say, and a former answer of it never stands in.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from django.conf import settings

from evidence.collectors.exchange import Exchange
from evidence.contract import Collector, Facts, Lacking, Query, Reading, Unavailable, Unconfigured, Window
from evidence.registry import waiting
from orr.calendar import apart, reading
from orr.calendar.freezes import Finding, Kind, Mark, Planned, judge, time_of
from orr.calendar.told import ABOUT, stated
from orr.lib.canonical import canonical_bytes
from orr.lib.sentence import Sentence, joined, say
from orr.profiles.schema import Rule
from orr.sources.items import CalendarItem, Feed
from orr.sources.load import sources
from orr.sources.source import Source

ITEM = "G7.3"
# Of one feed; a year of a large calendar.
MAX_BYTES = 2 * 1024 * 1024
# Seconds beside those of the source: a file is read in a process of its own.
READING = 5.0
Own = Callable[[datetime, datetime], list[Mark]]


@dataclass(frozen=True)
class ChangeCalendar:
    """Our own calendar, and the feeds of one source where there are any."""

    source: Source | None = None
    feeds: tuple[Feed, ...] = ()
    link: str = ""
    own: Own = field(default=reading.standing, repr=False)
    # Somebody may have entered a freeze since: a former answer is never carried over.
    never_carried: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """The source's name; ``calendar`` is our own."""
        return self.source.name if self.source else reading.OWN

    @property
    def timeout(self) -> float:
        """Seconds for all feeds together: to fetch them, and to read them."""
        return self.source.timeout + READING if self.source else 10.0

    @property
    def own_facts(self) -> bool:
        """Whether nothing but our own database is read."""
        return self.source is None

    def collect(self, query: Query, window: Window) -> Reading:
        """Passed when an entry covers the planned window and no freeze meets it; `value` counts entries.

        Raises Lacking without a planned window, Unavailable, Denied, Malformed.
        """
        planned = Planned.of(query.facts.change_set)
        if planned is None:
            raise Lacking(
                say("The change set says no planned time: give its beginning and end, and enter it.")
            )
        asking = Exchange(self.source, MAX_BYTES) if self.source else None
        marks = [
            mark for feed in self.feeds if asking for mark in _of_feed(asking, feed, planned, query.facts)
        ]
        # Our own last: what is entered while a feed is asked is seen.
        marks += self.own(planned.begins, planned.ends)
        found = judge(planned, marks, [one.name for one in query.rule.freezes])
        return self._reading(planned, found, marks, asking, query.rule, window)

    def _reading(
        self, planned: Planned, found: Finding, marks: list[Mark], asking: Exchange | None, rule: Rule,
        window: Window,
    ) -> Reading:  # fmt: skip
        told = canonical_bytes(stated(planned, found, marks, {one.name: one.reason for one in rule.freezes}))
        answers = b"," + asking.raw[1:-1] if asking else b""
        when = f"{planned.begins.isoformat()}/{planned.ends.isoformat()}"
        return Reading(
            value=float(len(found.covering)), passed=found.passed, text=_text(found),
            samples=1 + len(self.feeds), raw=b'{"%s":%s%s}' % (ABOUT.encode(), told, answers),
            query=f"{asking.queries if asking else self.name}\n{when}",
            source=self.name, url=self.link or _place(found, planned),
            measured_at=window.end, measured_on="candidate",
            detail=_detail(planned, found, rule),
        )  # fmt: skip


def factory() -> Collector:
    """Our own calendar once anybody keeps it, and the feeds of the sources file. Raises Unconfigured."""
    item = sources().item(ITEM)
    if item is not None and isinstance(item.settings, CalendarItem):
        link = item.settings.link or item.source.link or ""
        return ChangeCalendar(item.source, item.settings.feeds, link)
    if not reading.kept():
        raise Unconfigured(waiting(ITEM))
    return ChangeCalendar()


def _of_feed(asking: Exchange, feed: Feed, planned: Planned, facts: Facts) -> list[Mark]:
    """What of one feed meets the planned window. Raises as `Exchange`, and Malformed."""
    body = asking.text(feed.path)
    try:
        found = apart.occurrences(body, (planned.begins, planned.ends), zone=feed.zone, seconds=_left(asking))
    except apart.Unreadable as error:
        raise asking.malformed(
            say("%(path)s of %(name)s: %(why)s", path=feed.path, name=asking.source.name, why=error.sentence)
        ) from error
    except OSError as error:
        # No process could be started: nothing is wrong with the feed.
        raise Unavailable(say("The calendar could not be read: %(why)s", why=str(error)[:200])) from error
    ours = Kind(feed.kind) is not Kind.ENTRY or feed.for_everyone
    return [_mark(one, feed, asking.source.name) for one in found if ours or _says(one, facts.subject)]


def _left(asking: Exchange) -> float:
    """Seconds until everything has to be read."""
    return max(0.1, asking.ends + READING - time.monotonic())


def _says(one: apart.Occurrence, code: str) -> bool:
    """Whether the event says the code, as a word of its own."""
    words = f"{one.title} {one.description} {one.uid}"
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(code)}(?![A-Za-z0-9])", words) is not None


def _mark(one: apart.Occurrence, feed: Feed, source: str) -> Mark:
    return Mark(
        kind=Kind(feed.kind), title=one.title or feed.path, begins=one.begins, ends=one.ends,
        name=feed.name or "", owner=feed.owner or "", reason=one.description or feed.reason,
        environment=feed.environment, services=frozenset(feed.services), source=source, id=one.uid,
    )  # fmt: skip


def _place(found: Finding, planned: Planned) -> str:
    """Where a person sees it: the line of our own calendar that decides, else the month."""
    ours = [one for one in _decisive(found) if one.source == reading.OWN]
    where = f"/calendar/{ours[0].id}" if ours else f"/calendar?month={planned.begins:%Y-%m}"
    return f"{settings.PUBLIC_URL}{where}"


def _decisive(found: Finding) -> tuple[Mark, ...]:
    return found.blocking or found.named or found.covering


def _text(found: Finding) -> str:
    """In whatever language: the freeze that is in the way, the one that is passed, or the entry."""
    shown = _decisive(found)
    return shown[0].title[:120] if shown else "–"


def _detail(planned: Planned, found: Finding, rule: Rule) -> Sentence | None:
    """Why it is red; of a green one the freezes it passes, with the profile's reason."""
    why = [_frozen(one) for one in found.blocking]
    if not found.covering:
        why.append(say("No entry of the calendar covers the planned time, %(time)s.", time=time_of(planned)))
    reasons = {one.name: one.reason for one in rule.freezes}
    passed = [
        say("Inside the freeze “%(title)s”, which the profile names: %(why)s",
            title=one.title[:120], why=reasons[one.name])
        for one in found.named
    ]  # fmt: skip
    return joined(why or passed) if why or passed else None


def _frozen(one: Mark) -> Sentence:
    return say("The freeze “%(title)s” meets the planned time (%(time)s): %(why)s",
               title=one.title[:120], time=time_of(one), why=one.reason[:200])  # fmt: skip
