"""The PromQL of the product, as text (pure). `labels` is the inside of a selector, from the sources file."""

import math
import re
from collections.abc import Iterable


def boundaries(metric: str, labels: str) -> str:
    """One series per bucket boundary that has a sample now; empty where nothing is scraped any more."""
    return f"count by (le) ({_series(metric + '_bucket', labels)})"


def share_within(metric: str, labels: str, spellings: Iterable[str], seconds: int) -> str:
    """The exact share of observations within one bucket boundary, whatever the spellings of its `le`."""
    le = "|".join(re.escape(text) for text in sorted(spellings)).replace("\\", "\\\\")
    within = _series(metric + "_bucket", labels, f'le=~"{le}"')
    return f"sum(rate({within}[{seconds}s])) / sum(rate({_series(metric + '_count', labels)}[{seconds}s]))"


def observations(metric: str, labels: str, seconds: int) -> str:
    """How many observations the window holds."""
    return f"sum(increase({_series(metric + '_count', labels)}[{seconds}s]))"


def quantile(metric: str, labels: str, seconds: int) -> str:
    """The 95th percentile by interpolation inside a bucket: for display only."""
    buckets = _series(metric + "_bucket", labels)
    return f"histogram_quantile(0.95, sum by (le) (rate({buckets}[{seconds}s])))"


def success_share(metric: str, labels: str, seconds: int) -> str:
    """The share of probes that succeeded."""
    series = f"{_series(metric, labels)}[{seconds}s]"
    return f"sum(sum_over_time({series})) / sum(count_over_time({series}))"


def samples(metric: str, labels: str, seconds: int) -> str:
    """How many samples the window holds, counted, not extrapolated."""
    return f"sum(count_over_time({_series(metric, labels)}[{seconds}s]))"


def present(metric: str, labels: str) -> str:
    """How many series have a sample now; empty for none."""
    return f"count({_series(metric, labels)})"


def growth(metric: str, labels: str, seconds: int) -> str:
    """How much the counters grew in the window."""
    return f"sum(increase({_series(metric, labels)}[{seconds}s]))"


def newborn(metric: str, labels: str, seconds: int) -> str:
    """The counters without a sample in the window before this one: `increase` misses their first count."""
    series = _series(metric, labels)
    return f"{series} unless count_over_time({series}[{seconds}s] offset {seconds}s)"


def largest_boundary(found: Iterable[str], threshold: float) -> tuple[float, list[str]] | None:
    """The largest finite boundary at or below the threshold, compared as numbers, with all its spellings."""
    values: dict[float, list[str]] = {}
    for text in found:
        try:
            value = float(text)
        except ValueError:
            continue
        if math.isfinite(value) and value <= threshold:
            values.setdefault(value, []).append(text)
    if not values:
        return None
    best = max(values)
    return best, values[best]


def _series(metric: str, labels: str, *more: str) -> str:
    inside = ",".join(part for part in (labels.strip().rstrip(","), *more) if part)
    return f"{metric}{{{inside}}}" if inside else metric
