"""Ingest: events wait in a queue, a model and rules judge them, what belongs together becomes an incident."""

import queue
import random
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from orr.demo.plant.catalogue import Artefact, Catalogue
from orr.demo.plant.events import Event
from orr.demo.plant.faults import Faults
from orr.demo.plant.metrics import Metrics
from orr.demo.plant.targets import Targets
from orr.demo.plant.traces import Traces

CORRELATION = 2.0  # seconds in which events of one host belong to one incident
_LATE = 18.0


@dataclass
class Incident:
    """`at` in seconds since the epoch; `trace` is the trace of its first event."""

    id: str
    at: float
    host: str
    tenant: str
    track: str
    trace: str
    events: list[Event] = field(default_factory=list)


@dataclass(frozen=True)
class Verdict:
    """How a model judged one event, kept to be replayed on another model."""

    event: Event
    model: str
    incident: bool


def score(model: dict[str, Any], event: Event) -> float:
    """The sum of the weights of the message's words."""
    words = set(event.message.split())
    return float(sum(weight for word, weight in model["words"].items() if word in words))


def hits(rules: list[dict[str, Any]], event: Event) -> bool:
    """Whether one rule's selection is in the event."""
    facts = {"message": event.message, "user": event.user, "host": event.host}
    fitting = (r for r in rules if r["logsource"]["category"] == event.category)
    return any(
        all(text in facts[key] for key, text in rule["detection"]["selection"].items()) for rule in fitting
    )


class Triage:
    """One worker over the queue of accepted events; calls `deliver` with each incident."""

    def __init__(
        self,
        catalogue: Catalogue,
        targets: Targets,
        faults: Faults,
        metrics: Metrics,
        traces: Traces,
        deliver: Callable[[Incident], None],
    ) -> None:
        self._catalogue, self._targets, self._faults = catalogue, targets, faults
        self._metrics, self._traces, self._deliver = metrics, traces, deliver
        self._queue: queue.Queue[Event] = queue.Queue(maxsize=10_000)
        self._open: dict[str, tuple[float, Incident]] = {}
        self._dice = random.SystemRandom()
        self.recorded: deque[Verdict] = deque(maxlen=2_000)

    def accept(self, event: Event) -> None:
        self._queue.put_nowait(event)

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            event = self._next()
            if event is not None:
                self._judge(event)
            self._close_due()

    def _next(self) -> Event | None:
        try:
            return self._queue.get(timeout=0.1)
        except queue.Empty:
            return None

    def artefact(self, target: str, track: str) -> Artefact:
        """What runs on this track."""
        kind, _, name = target.partition("/")
        found = self._catalogue.find(kind, name, self._targets.value_on(target, track))
        if found is None:
            raise LookupError(f"{target} holds a digest that isn't in the catalogue")
        return found

    def _judge(self, event: Event) -> None:
        track = "canary" if self._dice.random() * 100 < self._canary_share() else "stable"
        model = self.artefact("model/triage-model", track)
        rules = self.artefact("rule/sigma-pack", track).content
        started = time.time()
        content = model.content
        wanted = score(content, event) >= float(content["bar"])
        self.recorded.append(Verdict(event, model.digest, wanted))
        self._metrics.units.labels("ingest").inc()
        if not wanted and not hits(rules, event):
            return
        if event.host not in self._open:
            trace = self._traces.begin("ingest", event.at)
            incident = Incident(uuid.uuid4().hex[:12], 0.0, event.host, event.tenant, track, trace)
            self._open[event.host] = (time.monotonic(), incident)
        incident = self._open[event.host][1]
        incident.events.append(event)
        self._traces.span(incident.trace, "triage", started, time.time())

    def _canary_share(self) -> int:
        weight = self._targets.weight("ingest")
        return weight if weight < 100 else 0

    def _close_due(self) -> None:
        patience = _LATE if "ingest_slow" in self._faults else CORRELATION
        now = time.monotonic()
        for host in [host for host, (since, _) in self._open.items() if now - since >= patience]:
            incident = self._open.pop(host)[1]
            incident.at = time.time()
            seconds = incident.at - incident.events[0].at
            self._metrics.ingest.labels(incident.track).observe(seconds, {"trace_id": incident.trace})
            self._traces.span(incident.trace, "correlate", incident.events[0].at, incident.at)
            self._deliver(incident)
