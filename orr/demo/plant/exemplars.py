"""The latest trace exemplars of each histogram bucket."""

import threading
from collections import deque
from collections.abc import Mapping
from typing import Any

_KEPT = 20  # per bucket


class Exemplars:
    """Exemplars by series labels; times in milliseconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[frozenset[tuple[str, str]], deque[tuple[int, dict[str, str], float]]] = {}

    def add(self, series: Mapping[str, str], labels: Mapping[str, str], value: float, at: int) -> None:
        """Keep one exemplar; the one just kept isn't kept twice."""
        key = frozenset(series.items())
        with self._lock:
            kept = self._found.setdefault(key, deque(maxlen=_KEPT))
            if not kept or kept[-1][0] < at:
                kept.append((at, dict(labels), value))

    def between(self, series: Mapping[str, str], start: int, end: int) -> list[dict[str, Any]]:
        """Exemplars of one series in `[start, end]`, in the API's shape."""
        with self._lock:
            kept = list(self._found.get(frozenset(series.items()), ()))
        return [
            {"labels": labels, "value": repr(value), "timestamp": at / 1000}
            for at, labels, value in kept
            if start <= at <= end
        ]
