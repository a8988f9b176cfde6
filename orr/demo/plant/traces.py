"""The latest traces, so that an exemplar leads somewhere."""

import secrets
import threading
from collections import OrderedDict
from typing import Any

_KEPT = 10_000  # under the usual load those of the last quarter of an hour at least


class Traces:
    """Spans by trace id; times in seconds since the epoch."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._traces: OrderedDict[str, list[dict[str, Any]]] = OrderedDict()

    def begin(self, service: str, at: float) -> str:
        trace = secrets.token_hex(16)
        with self._lock:
            self._traces[trace] = [{"name": service, "start": at, "seconds": 0.0}]
            while len(self._traces) > _KEPT:
                self._traces.popitem(last=False)
        return trace

    def span(self, trace: str, name: str, start: float, end: float) -> None:
        with self._lock:
            if trace in self._traces:
                self._traces[trace].append({"name": name, "start": start, "seconds": end - start})

    def get(self, trace: str) -> list[dict[str, Any]] | None:
        with self._lock:
            found = self._traces.get(trace)
            return None if found is None else list(found)
