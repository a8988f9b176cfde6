"""Moments, marks and lines of a calendar for the tests."""

from datetime import UTC, datetime
from typing import Any

from orr.calendar.freezes import Kind, Mark, Planned
from orr.calendar.lines import Line


def at(text: str) -> datetime:
    """``24 02:00`` in November 2026, UTC; or a whole ISO moment."""
    return datetime.fromisoformat(text if "T" in text else f"2026-11-{text.replace(' ', 'T')}:00+00:00")


def planned(begins: str = "24 02:00", ends: str = "24 03:00", **more: Any) -> Planned:
    found = {"environment": "prod-kr", "services": frozenset({"search"}), **more}
    return Planned(at(begins), at(ends), **found)


def mark(kind: str, begins: str, ends: str, **more: Any) -> Mark:
    return Mark(**{"kind": Kind(kind), "title": kind, "begins": at(begins), "ends": at(ends), **more})


def line(kind: str = "entry", begins: str = "24 02:00", ends: str = "24 03:00", **more: Any) -> Line:
    usual = {
        "kind": kind, "title": "Release week", "reason": "The team is there.", "owner_role": "product",
        "begins_at": at(begins), "ends_at": at(ends), "zone": "UTC",
        "name": "black-friday" if kind == "freeze" else "",
    }  # fmt: skip
    return Line(**{**usual, **more})


NOW = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
