"""Running one collection: all items at once, each with its own deadline, each written as it comes in."""

import logging
import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connections, transaction
from django.db.models import Q

from evidence import asked, record, registry, rehearsals, watching
from evidence.contract import (
    CollectError,
    Collector,
    Facts,
    Lacking,
    Malformed,
    Query,
    Reading,
    Unavailable,
    Unconfigured,
    Window,
)
from evidence.models import Collection, CollectionItem
from orr.events.bus import publish
from orr.events.vocabulary import Event
from orr.lib import clock
from orr.lib.errors import OrrError
from orr.lib.sentence import say
from orr.profiles.schema import Rule
from orr.sources import health
from orr.sources.models import Outcome
from orr.sources.source import Source

logger = logging.getLogger(__name__)

SECONDS = 10.0
# So long after its own deadline a collector that should have ended by itself is given up.
GRACE = 0.25
LEASE = timedelta(seconds=120)


@dataclass(frozen=True)
class Attempt:
    """What came of one item: a reading, or why there is none."""

    item: str
    source: str
    result: Reading | CollectError
    # The one source of the sources file that was asked, if it is one, and for how long.
    asked: Source | None = None
    milliseconds: int = 0


@dataclass(frozen=True)
class Job:
    """One item to ask, and until when (seconds from now)."""

    query: Query
    window: Window
    collector: Collector
    # The one source of the sources file that is asked, if it is one.
    asked: Source | None = None

    @property
    def seconds(self) -> float:
        """The collector's own deadline."""
        return float(getattr(self.collector, "timeout", SECONDS))

    @property
    def source(self) -> str:
        """The name of what is asked."""
        return str(getattr(self.collector, "name", type(self.collector).__name__))

    def run(self) -> Attempt:
        """Ask; every failure becomes an answer."""
        began = time.monotonic()
        return self.attempt(self._answer(), time.monotonic() - began)

    def attempt(self, result: "Reading | CollectError", seconds: float) -> Attempt:
        """What came of it, after so many seconds."""
        return Attempt(self.query.item, self.source, result, self.asked, round(seconds * 1000))

    def _answer(self) -> Reading | CollectError:
        try:
            return self.collector.collect(self.query, self.window)
        except CollectError as error:
            return error
        except OrrError as error:
            return Unavailable(error.sentence)
        except Exception:
            logger.exception("collector of %s failed", self.query.item)
            return CollectError(say("The collector failed; the server's log says why."))


def run(collection_id: UUID) -> bool:
    """Run the collection unless it is finished or another worker is at it; False then. Safe to call twice."""
    collection = _take(collection_id)
    if collection is None:
        return False
    facts, rules = asked.facts(collection.facts), asked.rules(collection)
    left = [row.item for row in collection.items.filter(finished_at=None)]
    for attempt in _attempts(facts, rules, left, clock.now()):
        _keep_raw(attempt.result)
        _write(collection, facts, rules[attempt.item], attempt)
        _note(attempt)
    _finish(collection)
    return True


def _take(collection_id: UUID) -> Collection | None:
    now = clock.now()
    free = Q(started_at=None) | Q(started_at__lt=now - LEASE)
    with transaction.atomic():
        taken = Collection.objects.filter(free, pk=collection_id, finished_at=None).update(started_at=now)
        if not taken:
            return None
        CollectionItem.objects.filter(collection=collection_id, finished_at=None).update(started_at=now)
    return Collection.objects.get(pk=collection_id)


def _attempts(facts: Facts, rules: dict[str, Rule], items: list[str], now: datetime) -> Iterator[Attempt]:
    jobs: list[Job] = []
    for item in items:
        try:
            collector = registry.collector(item, facts.change_set)
            source = _source_of(collector, facts)
        except OrrError as error:
            waits = isinstance(error, Unconfigured)
            yield Attempt(item, "", error if waits else Unavailable(error.sentence))  # type: ignore[arg-type]
            continue
        seconds = getattr(collector, "window", None) or rules[item].window or 1
        query, window = Query(item, rules[item], facts), Window.before(now, seconds)
        jobs.append(Job(query, window, collector, source))
    yield from fan_out(jobs)


def _source_of(collector: Collector, facts: Facts) -> Source | None:
    by_items = getattr(collector, "source_of", None)
    found = by_items(facts.change_set) if by_items else getattr(collector, "source", None)
    return found if isinstance(found, Source) else None


def fan_out(jobs: list[Job]) -> Iterator[Attempt]:
    """Every attempt as it comes in; one whose deadline passes is an error, and its late answer is dropped."""
    done: queue.SimpleQueue[Attempt] = queue.SimpleQueue()
    ours: list[Job] = []
    waiting: dict[str, tuple[Job, float]] = {}
    for job in jobs:
        if getattr(job.collector, "own_facts", False):
            ours.append(job)
        else:
            waiting[job.query.item] = (job, time.monotonic() + job.seconds + GRACE)
            # A daemon: a thread that hangs for ever must not keep the worker from stopping.
            threading.Thread(target=_in_thread, args=(job, done), daemon=True).start()
    for job in ours:
        yield job.run()
    while waiting:
        nearest = min(deadline for _, deadline in waiting.values())
        try:
            attempt = done.get(timeout=max(0.0, nearest - time.monotonic()))
        except queue.Empty:
            yield from _given_up(waiting)
            continue
        if waiting.pop(attempt.item, None) is not None:
            yield attempt


def _in_thread(job: Job, done: "queue.SimpleQueue[Attempt]") -> None:
    try:
        done.put(job.run())
    finally:
        connections.close_all()


def _given_up(waiting: dict[str, tuple[Job, float]]) -> list[Attempt]:
    now = time.monotonic()
    over = [job for job, deadline in waiting.values() if deadline <= now]
    for job in over:
        del waiting[job.query.item]
    return [job.attempt(_too_late(job), job.seconds) for job in over]


def _too_late(job: Job) -> Unavailable:
    words: dict[str, str | float] = {"source": job.source, "n": round(job.seconds, 1)}
    return Unavailable(say("%(source)s did not answer within %(n)s seconds.", **words))


def _keep_raw(result: Reading | CollectError) -> None:
    """The bytes in a transaction of their own: an act that holds the subject's row may write the same."""
    if isinstance(result, Reading):
        record.keep(result.raw, result.media_type)
    else:
        record.keep(result.raw, record.UNKNOWN)


def _note(attempt: Attempt) -> None:
    """How the source itself did, for its page; in a transaction of its own, as no evidence hangs on it."""
    result = attempt.result
    if attempt.asked is None or isinstance(result, Unconfigured | Lacking):
        return
    if isinstance(result, Reading):
        outcome, sentence = Outcome.ANSWERED, say("It gave a reading for %(item)s.", item=attempt.item)
    else:
        outcome = Outcome.UNUSABLE if isinstance(result, Malformed) else Outcome.SILENT
        sentence = result.sentence
    health.note(attempt.asked, health.Said(outcome, sentence, attempt.milliseconds), item=attempt.item)


@transaction.atomic
def _write(collection: Collection, facts: Facts, rule: Rule, attempt: Attempt) -> None:
    """Record what came in, once: the row of the item says whether it already was."""
    now = clock.now()
    mine = CollectionItem.objects.filter(collection=collection, item=attempt.item, finished_at=None)
    if not mine.update(finished_at=now) or isinstance(attempt.result, Unconfigured):
        return
    about = record.About(facts, rule, attempt.source, collection.actor)
    result = rehearsals.completed(about, attempt.result, now)
    if isinstance(result, Reading):
        record.reading(about, result)
    elif isinstance(result, Lacking):
        record.lacking(about, attempt.source, now, result)
    else:
        record.failure(about, attempt.source, now, result)


@transaction.atomic
def _finish(collection: Collection) -> None:
    collection.finished_at = clock.now()
    if Collection.objects.filter(pk=collection.pk, finished_at=None).update(
        finished_at=collection.finished_at
    ):
        # The subscribers lock the subject's row, and who holds that row may write the watch.
        publish(Event.COLLECTION_FINISHED, subject=collection.subject)
        watching.schedule(collection)
