"""The customers: events and searches, all the time."""

import random
import threading

from orr.demo.plant.events import next_event
from orr.demo.plant.faults import Faults
from orr.demo.plant.metrics import Metrics
from orr.demo.plant.policy import Policy
from orr.demo.plant.search import Search, Unanswered
from orr.demo.plant.triage import Triage

EVENTS = 6.0  # a second
SEARCHES = 5.0
_WORDS = ("failed login", "beacon", "malware download", "root", "email", "authentication")


class Load:
    """Sends events to ingest and queries to search, now sooner, now later, at a steady rate."""

    def __init__(
        self, triage: Triage, search: Search, policy: Policy, faults: Faults, metrics: Metrics
    ) -> None:
        self._triage, self._search, self._policy = triage, search, policy
        self._faults, self._metrics = faults, metrics
        self._dice = random.SystemRandom()

    def send_events(self, stop: threading.Event) -> None:
        while not stop.wait(self._pause(EVENTS * self._times())):
            self._triage.accept(next_event(self._dice))
            self._export()

    def ask(self, stop: threading.Event) -> None:
        while not stop.wait(self._pause(SEARCHES)):
            try:
                self._search.find(f"{self._dice.choice(_WORDS)} host-{self._dice.randrange(40):02d}")
            except Unanswered:
                continue  # counted where it failed

    def _pause(self, rate: float) -> float:
        return self._dice.uniform(0.4, 1.6) / rate

    def _times(self) -> int:
        return 3 if "load_tripled" in self._faults else 1

    def _export(self) -> None:
        """One event in ten is asked for abroad; the policy stops it, unless it is bypassed."""
        if self._dice.random() > 1 / 10:
            return
        allowed = self._policy.allows("analytics", "kr", "eu")
        if allowed or "transfers" in self._faults:
            self._metrics.transfers.labels("analytics", "eu").inc()
