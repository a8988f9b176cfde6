"""Interleaved measuring: every candidate has its turn in every round, so that a slow moment meets all."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

ROUNDS = 7
TURNS = 30


@dataclass(frozen=True)
class Taken:
    """Medians over the rounds, in seconds: the wall time of one call, and the server's CPU for it."""

    p50: float
    cpu: float


def interleaved(
    calls: Mapping[str, Callable[[], object]],
    cpu: Callable[[], float],
    rounds: int = ROUNDS,
    turns: int = TURNS,
) -> dict[str, Taken]:
    """Call each candidate `turns` times a round, round by round; the first round only warms up."""
    walls: dict[str, list[float]] = {name: [] for name in calls}
    works: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(rounds + 1):
        for name, call in calls.items():
            before, times = cpu(), []
            for _ in range(turns):
                started = time.perf_counter()
                call()
                times.append(time.perf_counter() - started)
            if number:
                walls[name].append(statistics.median(times))
                works[name].append((cpu() - before) / turns)
    return {name: Taken(statistics.median(walls[name]), statistics.median(works[name])) for name in calls}


def quantile(times: list[float], share: float) -> float:
    """Nearest rank: the smallest time that at least `share` of the calls kept."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]
