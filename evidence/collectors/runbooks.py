"""G7.4: the runbook and the continuity plan of every touched service answer, and somebody looked after them.

A page's age is by its `Last-Modified` (RFC 9110, 8.8.2); one without it may be of any time and never passes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from evidence.collectors import ages
from evidence.collectors.asked_source import AskedSource
from evidence.collectors.exchange import Exchange
from evidence.contract import Collector, Lacking, Query, Reading, Unconfigured, Window
from evidence.registry import waiting
from orr.lib.egress import Answer
from orr.lib.sentence import Param, Sentence, say
from orr.sources.load import sources
from orr.sources.recovery import RunbooksItem

ITEM = "G7.4"
RUNBOOK, CONTINUITY = say("runbook"), say("continuity plan")
# What a web server says of a page that is not there.
GONE = (404, 410)
PAGES_MAX = 60


@dataclass(frozen=True)
class Page:
    """One page of a service, and what came of asking for it: its date, or what is wrong."""

    service: str
    what: Sentence
    path: str
    written: datetime | None = None
    gone: bool = False


@dataclass(frozen=True)
class Runbooks(AskedSource):
    """The pages of the services that the change set touches; red, pending and green in this order."""

    settings: RunbooksItem

    def collect(self, query: Query, window: Window) -> Reading:
        """`value` is how many pages are there and young. Raises Lacking for one without link or date."""
        asking = Exchange(self.source)
        most = ages.at_most(asking, query.rule, self.settings.max_age)
        named, unnamed = self._pages(query.facts.change_set)
        found = self._asked(asking, named, window.end)
        wrong = [one for one in found if one.gone or (one.written and window.end - one.written > most)]
        missing = unnamed or [one for one in found if not one.written and not one.gone]
        if missing and not wrong:
            raise self._lacking(asking, missing, dated=bool(unnamed))
        written = [one.written for one in found if one.written]
        return Reading(
            value=float(len(found) - len(wrong)),
            passed=not wrong,
            text=f"{len(found) - len(wrong)} / {len(found)}",
            samples=len(found),
            raw=asking.raw,
            query=asking.queries,
            source=self.source.name,
            url=self.settings.link or self.source.link or self._address(found[0]),
            links=tuple(dict.fromkeys((f"{one.service} {one.path}", self._address(one)) for one in found)),
            measured_at=window.end,
            measured_on=self.settings.measured_on,
            detail=_wrong(wrong, most) if wrong else None,
            holds_until=None if wrong else min(written) + most,
        )

    def _pages(self, change_set: Mapping[str, Any]) -> tuple[list[Page], list[Page]]:
        """The pages of every touched service, and those that the sources file names no link for."""
        touched = list(dict.fromkeys(str(one) for one in change_set.get("service_ids") or ()))
        if not touched:
            raise Lacking(say("The change set names no service whose runbook could be asked for."))
        named: list[Page] = []
        unnamed: list[Page] = []
        for service in touched:
            pages = self.settings.services.get(service)
            links = ((RUNBOOK, pages and pages.runbook), (CONTINUITY, pages and pages.continuity))
            for what, path in links:
                (named if path else unnamed).append(Page(service[:60], what, path or ""))
        if len(named) > PAGES_MAX:
            raise Lacking(say("The touched services have more than %(n)s pages.", n=PAGES_MAX))
        return named, unnamed

    def _asked(self, asking: Exchange, pages: Sequence[Page], now: datetime) -> list[Page]:
        """Each page with what its server says; one path is asked for once."""
        answers = {path: asking.page(path, GONE) for path in dict.fromkeys(page.path for page in pages)}
        return [self._read(asking, page, answers[page.path], now) for page in pages]

    def _read(self, asking: Exchange, page: Page, answer: Answer, now: datetime) -> Page:
        if answer.status in GONE:
            return Page(page.service, page.what, page.path, gone=True)
        if not answer.body.strip():
            raise asking.malformed(say("The page %(path)s is empty.", path=page.path))
        written = _date(answer.headers.get("last-modified", ""))
        if written is not None:
            ages.come(asking, written, now)
        return Page(page.service, page.what, page.path, written)

    def _lacking(self, asking: Exchange, missing: Sequence[Page], *, dated: bool) -> Lacking:
        words: dict[str, Param] = {"service": missing[0].service, "what": missing[0].what, "n": len(missing)}
        if dated:
            why = say("The sources file names no %(what)s of %(service)s (%(n)s pages are missing).", **words)
        else:
            why = say(
                "The %(what)s of %(service)s does not say when it was written (%(n)s such pages).", **words
            )
        return Lacking(why, raw=asking.raw if asking.told else b"", query=asking.queries)

    def _address(self, page: Page) -> str:
        return self.source.url.rstrip("/") + page.path


def factory() -> Collector:
    """The collector as the sources file says now. Raises Unconfigured."""
    item = sources().item(ITEM)
    if item is None or not isinstance(item.settings, RunbooksItem):
        raise Unconfigured(waiting(ITEM))
    return Runbooks(item.source, item.settings)


def _date(text: str) -> datetime | None:
    """The time of an HTTP date, None where there is none."""
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    return at.astimezone(UTC) if at.tzinfo is not None else None


def _wrong(wrong: Sequence[Page], most: timedelta) -> Sentence:
    first = wrong[0]
    words: dict[str, Param] = {
        "what": first.what,
        "service": first.service,
        "path": first.path,
        "n": len(wrong),
    }
    if first.gone:
        return say("The %(what)s of %(service)s is not at %(path)s (%(n)s pages are wrong).", **words)
    written = f"{first.written:%Y-%m-%d}" if first.written else "–"
    return say(
        "The %(what)s of %(service)s is of %(at)s, older than %(days)s days (%(n)s pages are wrong).",
        at=written,
        days=round(most / timedelta(days=1), 1),
        **words,
    )
