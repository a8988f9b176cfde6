"""The geometry of small drawings: meters, sparklines, Exit lanes. Numbers in, SVG attributes out."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from orr.board.moments import Moment, parse


class Meter(NamedTuple):
    """A bar of 56 units: how far it is filled, and where the threshold stands."""

    fill: float
    threshold: float


def meter(ratio: float | None) -> Meter | None:
    """The meter of a share of the bar (0 to 1, threshold at three quarters); None where there is no scale."""
    return None if ratio is None else Meter(round(max(0.0, min(1.0, ratio)) * 56, 1), 42.0)


class Spark(NamedTuple):
    """A line of 96 × 22 units, the height of its threshold, and its last point."""

    path: str
    limit: float | None
    x: float
    y: float


def spark(points: Sequence[float], threshold: Any = None) -> Spark | None:
    """The sparkline of at least two points, the threshold inside the picture when it is a number."""
    values = [float(p) for p in points if p is not None]
    if len(values) < 2:
        return None
    limit = (
        float(threshold) if isinstance(threshold, int | float) and not isinstance(threshold, bool) else None
    )
    inside = values if limit is None else [*values, limit]
    low, high = min(inside), max(inside)
    span = (high - low) or 1.0

    def height(value: float) -> float:
        return round(19 - (value - low) / span * 16, 1)

    step = 92 / (len(values) - 1)
    placed = [(round(i * step, 1), height(v)) for i, v in enumerate(values)]
    path = "M" + " ".join(f"{x} {y}" for x, y in placed)
    return Spark(path, None if limit is None else height(limit), *placed[-1])


class Lane(NamedTuple):
    """One bar of an Exit phase on the five-minute axis (300 units), and where now is (None once ended)."""

    x: float
    width: float
    now: float | None


def lane(started: Moment, ended: Moment, origin: Moment, now: Moment, running: bool) -> Lane | None:
    """The bar from `started` to `ended` (or now) in seconds after `origin`, cut at 300; None if not begun."""
    begin, zero, end = parse(started), parse(origin), parse(ended) or parse(now)
    at = parse(now)
    if zero is None or at is None:
        return None
    here = min(300.0, max(0.0, (at - zero).total_seconds())) if running else None
    if begin is None or end is None:
        return Lane(0, 0, round(here, 1)) if here is not None else None
    x = min(300.0, max(0.0, (begin - zero).total_seconds()))
    width = min(300.0 - x, max(2.0, (end - begin).total_seconds()))
    return Lane(round(x, 1), round(width, 1), None if here is None else round(here, 1))
