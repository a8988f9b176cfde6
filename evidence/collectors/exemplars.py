"""Exemplars of Prometheus (pure): the traces of the slowest observations, to look at; they decide nothing.

https://prometheus.io/docs/prometheus/latest/querying/api/#querying-exemplars. An answer that is none of it,
an empty one too, names no trace: servers that only look like Prometheus answer ``[]``.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

# As OpenTelemetry, Grafana and Jaeger's clients write it.
LABELS = ("trace_id", "traceID", "traceId", "TraceID")
# 128 bits, or the 64 of Zipkin; some write them without their leading zeros.
ID = re.compile(r"[0-9a-f]{6,32}")
SHOWN = 3
PLACE = "{trace_id}"


def slowest(data: Any, start: datetime, end: datetime) -> list[str]:
    """At most three trace ids of observations in the window, the slowest first, each once, in lower case."""
    found = sorted(_observed(data, start.timestamp(), end.timestamp()), reverse=True)
    return list(dict.fromkeys(trace for _, trace in found))[:SHOWN]


def links(template: str | None, traces: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Each trace with the address where a person sees it; none without a template."""
    return tuple((trace, template.replace(PLACE, trace)) for trace in traces) if template else ()


def _observed(data: Any, start: float, end: float) -> Iterator[tuple[float, str]]:
    for series in data if isinstance(data, list) else ():
        kept = series.get("exemplars") if isinstance(series, dict) else None
        for one in kept if isinstance(kept, list) else ():
            if (known := _one(one, start, end)) is not None:
                yield known


def _one(one: Any, start: float, end: float) -> tuple[float, str] | None:
    """Value and trace of one exemplar, None where it is none."""
    try:
        value, at, trace = float(one["value"]), float(one["timestamp"]), _trace(one["labels"])
    except (KeyError, TypeError, ValueError):
        return None
    return (value, trace) if trace and math.isfinite(value) and start <= at <= end else None


def _trace(labels: Mapping[str, Any]) -> str:
    stated = next((str(labels[name]).lower() for name in LABELS if name in labels), "")
    return stated if ID.fullmatch(stated) and stated.strip("0") else ""
