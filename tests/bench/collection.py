"""Figure 10: a collection of 24 items takes as long as its slowest source, and little work of our own."""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.bench.figure import Figure

ITEMS = 24
MILLISECONDS = 300
ROUNDS = 7
DEADLINE = 2.0


@dataclass(frozen=True)
class Stubbed:
    """One call of the outgoing client, as every collector makes it."""

    source: Any
    path: str
    took: list[float]
    timeout: float = DEADLINE

    def collect(self, _query: Any, window: Any) -> Any:
        from evidence.contract import Reading, Unavailable
        from orr.lib.errors import OrrError

        began = time.perf_counter()
        try:
            raw = self.source.fetch("GET", self.path, timeout=self.timeout).body
        except OrrError as error:
            raise Unavailable(error.sentence) from error
        self.took.append(time.perf_counter() - began)
        return Reading(value=1.0, passed=True, raw=raw, query="stub", source="stub", measured_at=window.end)


def collection() -> list[Figure]:
    """The whole beside its slowest source, CPU of one call, and what one hung source adds."""
    with _stub() as url:
        rounds = [_round(url, []) for _ in range(ROUNDS + 1)][1:]
        hung = [_round(url, ["/hung"]) for _ in range(3)]
    whole = statistics.median(one.seconds / one.slowest for one in rounds)
    cpu = statistics.median(one.cpu / ITEMS for one in rounds) * 1000
    over = statistics.median(one.seconds for one in hung)
    return [
        Figure(10, f"collection of {ITEMS} items ÷ its slowest source", whole, "≤", 1.05),
        Figure(10, "collection: CPU of one call", cpu, "≤", 0.5, "ms"),
        Figure(10, "collection: others' last answer beside one hung source", _others(hung), "≤", 1.05),
        Figure(10, "collection: the hung source ends after its deadline by", over - DEADLINE, "≤", 0.5, "s"),
    ]


@dataclass(frozen=True)
class Round:
    """One fan-out: seconds in all, until the last good answer, CPU seconds, the slowest single call."""

    seconds: float
    last_good: float
    cpu: float
    slowest: float


def _round(url: str, more: list[str]) -> Round:
    from evidence.contract import Reading, Window
    from evidence.engine import Job, fan_out
    from orr.sources.source import Source

    source = Source("stub", "stub", url, internal=True)
    took: list[float] = []
    paths = [f"/{number}" for number in range(ITEMS - len(more))] + more
    window = Window.before(datetime.now(UTC), 60)
    jobs = [Job(_query(path), window, Stubbed(source, path, took)) for path in paths]
    began, work = time.perf_counter(), time.process_time()
    last_good = 0.0
    for attempt in fan_out(jobs):
        if isinstance(attempt.result, Reading):
            last_good = time.perf_counter() - began
    return Round(time.perf_counter() - began, last_good, time.process_time() - work, max(took))


def _others(rounds: list[Round]) -> float:
    return statistics.median(one.last_good / one.slowest for one in rounds)


def _query(item: str) -> Any:
    from evidence.contract import Query
    from orr.profiles.schema import Rule

    rule = Rule(code="G3.1", comparator="true", freshness=60)
    return Query(item, rule, None)  # type: ignore[arg-type]


@contextmanager
def _stub() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.bench.stub_source", str(MILLISECONDS)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.terminate()
        process.wait(10)
