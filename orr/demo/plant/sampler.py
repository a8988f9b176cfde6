"""Read the plant's own metrics once a second into its samples, as a scrape would."""

import threading
import time

from orr.demo.plant.exemplars import Exemplars
from orr.demo.plant.metrics import Metrics
from orr.demo.plant.samples import Store

PROBES = frozenset({"probe_success", "probe_duration_seconds"})  # the prober stores each of its own


class Sampler:
    """Scrapes in-process; `labels` are what a scraper would add: job and instance."""

    def __init__(self, metrics: Metrics, store: Store, exemplars: Exemplars, labels: dict[str, str]) -> None:
        self._metrics = metrics
        self._store = store
        self._exemplars = exemplars
        self._labels = labels

    def run(self, stop: threading.Event, interval: float = 1.0) -> None:
        while not stop.wait(interval):
            self.scrape(round(time.time() * 1000))

    def scrape(self, at: int) -> None:
        """Store every series' value at `at`, in milliseconds."""
        for family in self._metrics.registry.collect():
            if family.name in PROBES:
                continue
            for sample in family.samples:
                labels = {**sample.labels, **self._labels}
                self._store.append(sample.name, labels, at, sample.value)
                if sample.exemplar is not None:
                    found = sample.exemplar
                    series = {"__name__": sample.name, **labels}
                    moment = round(float(found.timestamp or at / 1000) * 1000)
                    self._exemplars.add(series, found.labels, found.value, moment)
