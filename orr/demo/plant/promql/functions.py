"""The functions over a series' window, as Prometheus 2 computes them.

Source: Prometheus v2.42 `promql/functions.go` (`extrapolatedRate`, the `*_over_time` family) and
`promql/quantile.go` (`bucketQuantile`).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Window:
    """Samples of one series in `[start, end]`; all times in milliseconds."""

    start: int
    end: int
    times: Sequence[int]
    values: Sequence[float]


def extrapolated(window: Window, *, per_second: bool, counter: bool) -> float | None:
    """Increase over the window, resets added back, extrapolated to its borders; None below two samples."""
    times, values = window.times, window.values
    if len(times) < 2:
        return None
    result = values[-1] - values[0]
    if counter:
        result += sum(a for a, b in pairwise(values) if b < a)
    sampled = (times[-1] - times[0]) / 1000
    average = sampled / (len(times) - 1)
    to_start = (times[0] - window.start) / 1000
    to_end = (window.end - times[-1]) / 1000
    if counter and result > 0 and values[0] >= 0:
        # A counter can't have been below zero: it isn't extrapolated past the moment it was zero.
        to_start = min(to_start, sampled * (values[0] / result))
    covered = sampled
    covered += to_start if to_start < average * 1.1 else average / 2
    covered += to_end if to_end < average * 1.1 else average / 2
    factor = covered / sampled
    return result * factor / ((window.end - window.start) / 1000) if per_second else result * factor


def _over(fold: Callable[[Sequence[float]], float]) -> Callable[[Window], float | None]:
    return lambda window: fold(window.values) if len(window.values) else None


OVER_WINDOW: dict[str, Callable[[Window], float | None]] = {
    "rate": lambda w: extrapolated(w, per_second=True, counter=True),
    "increase": lambda w: extrapolated(w, per_second=False, counter=True),
    "delta": lambda w: extrapolated(w, per_second=False, counter=False),
    "sum_over_time": _over(math.fsum),
    "count_over_time": _over(lambda values: float(len(values))),
    "avg_over_time": _over(lambda values: math.fsum(values) / len(values)),
    "min_over_time": _over(min),
    "max_over_time": _over(max),
    "last_over_time": _over(lambda values: values[-1]),
}


def quantile(q: float, buckets: list[tuple[float, float]]) -> float:
    """The `q` quantile of cumulative `(upper bound, count)` buckets, linear inside the bucket it falls in."""
    if q < 0:
        return -math.inf
    if q > 1:
        return math.inf
    merged = _monotonic(buckets)
    if len(merged) < 2 or not math.isinf(merged[-1][0]) or merged[-1][1] == 0 or math.isnan(q):
        return math.nan
    rank = q * merged[-1][1]
    place = next(i for i, (_, count) in enumerate(merged) if count >= rank or i == len(merged) - 1)
    if place == len(merged) - 1:
        return merged[-2][0]
    upper, count = merged[place]
    if place == 0 and upper <= 0:
        return upper
    lower, below = merged[place - 1] if place else (0.0, 0.0)
    if count == below:
        return math.nan
    return lower + (upper - lower) * (rank - below) / (count - below)


def _monotonic(buckets: list[tuple[float, float]]) -> list[tuple[float, float]]:
    merged: dict[float, float] = {}
    for bound, count in sorted(buckets):
        merged[bound] = merged.get(bound, 0.0) + count
    highest = 0.0
    result: list[tuple[float, float]] = []
    for bound, count in merged.items():
        highest = max(highest, count)
        result.append((bound, highest))
    return result
