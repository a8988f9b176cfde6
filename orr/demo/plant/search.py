"""Search over the latest incidents: an inverted index and a cache with a time to live."""

import math
import random
import re
import threading
import time
from collections import Counter, OrderedDict, defaultdict
from dataclasses import dataclass
from typing import Any

from orr.demo.plant.faults import Faults
from orr.demo.plant.metrics import Metrics
from orr.demo.plant.targets import Targets
from orr.demo.plant.traces import Traces
from orr.demo.plant.triage import Incident, Triage

_KEPT = 3_000
_SLOW = 0.95  # seconds
_HIT, _MISS = 0.02, 0.18  # mean seconds of waiting for memory and for storage on other machines


@dataclass(frozen=True)
class Document:
    id: str
    title: str
    message: str
    host: str

    def fields(self) -> dict[str, str]:
        return {"title": self.title, "message": self.message, "host": self.host}


class Unanswered(Exception):
    """The search failed, as it does when it is broken by the switch."""


class Search:
    """Finds incidents by words; every request is measured."""

    def __init__(
        self, targets: Targets, faults: Faults, metrics: Metrics, traces: Traces, triage: Triage
    ) -> None:
        self._targets, self._faults, self._metrics = targets, faults, metrics
        self._traces, self._triage = traces, triage
        self._lock = threading.Lock()
        self._documents: OrderedDict[str, Document] = OrderedDict()
        self._places: dict[str, dict[str, Counter[str]]] = defaultdict(dict)
        self._cache: dict[tuple[str, str], tuple[float, list[str]]] = {}
        self._dice = random.SystemRandom()

    def add(self, incident: Incident) -> None:
        """Index one incident; the oldest is forgotten."""
        first = incident.events[0]
        document = Document(incident.id, first.category, first.message, incident.host)
        with self._lock:
            self._documents[document.id] = document
            for name, text in document.fields().items():
                for word in _words(text):
                    self._places[word].setdefault(document.id, Counter())[name] += 1
            if len(self._documents) > _KEPT:
                self._forget(self._documents.popitem(last=False)[1])

    def find(self, query: str) -> list[str]:
        """Ids of incidents, best first, at most twenty. Raises Unanswered."""
        started = time.time()
        weight = self._targets.weight("search")
        track = "canary" if weight < 100 and self._dice.random() * 100 < weight else "stable"
        trace = self._traces.begin("search", started)
        if "search_slow" in self._faults:
            time.sleep(_SLOW)
        broken = "probe_failing" in self._faults and self._dice.random() < 0.05
        result = [] if broken else self._cached(query, track, trace)
        took = time.time() - started
        self._metrics.search.labels(track).observe(took, {"trace_id": trace})
        self._metrics.units.labels("search").inc(0.2)
        if broken:
            self._metrics.errors.labels("search").inc()
            raise Unanswered
        return result

    def size(self) -> int:
        return len(self._documents)

    def _cached(self, query: str, track: str, trace: str) -> list[str]:
        ttl = _seconds(self._targets.value_on("flag/search.cache.force_ttl", track))
        kept = self._cache.get((track, query))
        if kept and time.monotonic() - kept[0] < ttl:
            time.sleep(self._dice.expovariate(1 / _HIT))
            return kept[1]
        started = time.time()
        time.sleep(self._dice.gammavariate(9, _MISS / 9))
        found = self._scored(query, track)
        self._traces.span(trace, "score", started, time.time())
        if len(self._cache) > _KEPT:
            self._cache.clear()
        self._cache[track, query] = (time.monotonic(), found)
        return found

    def _scored(self, query: str, track: str) -> list[str]:
        boost: dict[str, Any] = self._triage.artefact("index/search_doc", track).content["boost"]
        scores: Counter[str] = Counter()
        with self._lock:
            total = len(self._documents)
            for word in _words(query):
                found = self._places.get(word, {})
                rarity = math.log(1 + total / (1 + len(found)))
                for document, counts in found.items():
                    scores[document] += sum(n * boost.get(f, 0) for f, n in counts.items()) * rarity
        return [document for document, _ in scores.most_common(20)]

    def _forget(self, document: Document) -> None:
        for text in document.fields().values():
            for word in _words(text):
                self._places.get(word, {}).pop(document.id, None)


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9-]+", text.lower())


def _seconds(text: str) -> float:
    number = re.match(r"\d+", text)
    return float(number.group()) if number else 0.0
