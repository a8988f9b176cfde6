"""Notify: incidents wait in a queue and go out in batches."""

import queue
import threading
import time
from collections import deque

from orr.demo.plant.faults import Faults
from orr.demo.plant.metrics import Metrics
from orr.demo.plant.targets import Targets
from orr.demo.plant.triage import Incident

_FLUSH = 1.0  # seconds
_LATE = 12.0


class Notify:
    """One worker; what it sent stands in `sent`, newest last."""

    def __init__(self, targets: Targets, faults: Faults, metrics: Metrics) -> None:
        self._targets, self._faults, self._metrics = targets, faults, metrics
        self._queue: queue.Queue[Incident] = queue.Queue()
        self.sent: deque[tuple[str, float]] = deque(maxlen=1_000)

    def accept(self, incident: Incident) -> None:
        self._queue.put(incident)

    def run(self, stop: threading.Event) -> None:
        last = time.monotonic()
        while not stop.wait(0.1):
            patience = _LATE if "notify_slow" in self._faults else _FLUSH
            full = self._queue.qsize() >= int(self._targets.current("flag/notify.batch_size"))
            if time.monotonic() - last >= patience or (full and patience == _FLUSH):
                self._flush()
                last = time.monotonic()

    def _flush(self) -> None:
        while True:
            try:
                incident = self._queue.get_nowait()
            except queue.Empty:
                return
            now = time.time()
            self.sent.append((incident.id, now))
            self._metrics.notify.labels(incident.track).observe(
                now - incident.at, {"trace_id": incident.trace}
            )
            self._metrics.units.labels("notify").inc(0.5)
