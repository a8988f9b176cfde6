"""Samples in memory: what the plant measured since it began, series by series."""

import re
import threading
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

from orr.demo.plant.promql.evaluate import Matrix
from orr.demo.plant.promql.functions import Window
from orr.demo.plant.promql.tree import Matcher

_TRIM = 4096  # samples; dropping one by one would move the whole array each time


@dataclass
class Series:
    """One series, oldest first; `times` in milliseconds since the epoch."""

    labels: dict[str, str]
    times: "array[int]" = field(default_factory=lambda: array("q"))
    values: "array[float]" = field(default_factory=lambda: array("d"))

    def between(self, start: int, end: int) -> Window:
        low, high = bisect_left(self.times, start), bisect_right(self.times, end)
        return Window(start, end, self.times[low:high], self.values[low:high])

    def forget(self, before: int) -> None:
        old = bisect_left(self.times, before)
        if old >= _TRIM:
            del self.times[:old]
            del self.values[:old]


class Store:
    """Append-only series with a retention per name, in milliseconds."""

    def __init__(self, retention: int = 7_200_000, longer: Mapping[str, int] | None = None) -> None:
        self._retention = retention
        self._longer = dict(longer or {})
        self._by_name: dict[str, dict[frozenset[tuple[str, str]], Series]] = {}
        self._lock = threading.Lock()

    def append(self, name: str, labels: Mapping[str, str], at: int, value: float) -> bool:
        """Store one sample; False when the series already has one at `at` or later."""
        with self._lock:
            family = self._by_name.setdefault(name, {})
            key = frozenset(labels.items())
            series = family.get(key)
            if series is None:
                series = family[key] = Series({"__name__": name, **labels})
            if series.times and series.times[-1] >= at:
                return False
            series.times.append(at)
            series.values.append(value)
            series.forget(at - self._longer.get(name, self._retention))
            return True

    def select(self, matchers: tuple[Matcher, ...], start: int, end: int) -> Matrix:
        """Matching series with a sample in `[start, end]`, and those samples."""
        with self._lock:
            windows = [(s.labels, s.between(start, end)) for s in self._matching(matchers)]
        return [(dict(labels), window) for labels, window in windows if len(window.times)]

    def names(self) -> list[str]:
        with self._lock:
            return sorted(self._by_name)

    def _matching(self, matchers: tuple[Matcher, ...]) -> list[Series]:
        exact = next((m.value for m in matchers if m.label == "__name__" and m.op == "="), None)
        families = [self._by_name.get(exact, {})] if exact is not None else list(self._by_name.values())
        every = (series for family in families for series in family.values())
        return [series for series in every if all(_fits(series.labels, m) for m in matchers)]


def _fits(labels: Mapping[str, str], matcher: Matcher) -> bool:
    value = labels.get(matcher.label, "")
    if matcher.op in ("=", "!="):
        return (value == matcher.value) is (matcher.op == "=")
    return bool(re.fullmatch(matcher.value, value)) is (matcher.op == "=~")
