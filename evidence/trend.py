"""How an item's value went over the last day, and from review to review: a few points for a small chart."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from evidence.models import Evidence

POINTS = 24

# One statement for all items: the last readings of a day, oldest first.
_TREND = """
WITH readings AS (
    SELECT id, item, value, measured_at,
           row_number() OVER (PARTITION BY item ORDER BY measured_at DESC) AS place
    FROM evidence_evidence
    WHERE subject = %(subject)s AND value IS NOT NULL AND outcome = 'reading'
      AND measured_at > clock_timestamp() - interval '24 hours'
)
SELECT id, item, value FROM readings WHERE place <= %(points)s ORDER BY item, measured_at
"""


def trend(subject: str) -> dict[str, list[float]]:
    """Item → its values of the last 24 hours, oldest first, at most 24. One query."""
    values: dict[str, list[float]] = defaultdict(list)
    for row in Evidence.objects.raw(_TREND, {"subject": subject, "points": POINTS}):
        if row.value is not None:
            values[row.item].append(row.value)
    return dict(values)


@dataclass(frozen=True)
class Point:
    """One reading: of which subject, when it was measured, its value and how it was judged then."""

    subject: str
    at: datetime
    value: float
    unit: str
    judged: str


# The newest readings of one item in its own subject, whoever the value is bound to.
_HOURS = """
SELECT id, subject, measured_at, value, unit, judged FROM evidence_evidence
WHERE subject = %(subject)s AND item = %(item)s AND value IS NOT NULL AND outcome = 'reading'
  AND measured_at > clock_timestamp() - interval '24 hours'
ORDER BY measured_at DESC, recorded_at DESC LIMIT %(points)s
"""
_SUBJECTS = """
SELECT DISTINCT ON (subject) id, subject, measured_at, value, unit, judged FROM evidence_evidence
WHERE subject = ANY(%(subjects)s) AND item = %(item)s AND value IS NOT NULL AND outcome = 'reading'
ORDER BY subject, measured_at DESC, recorded_at DESC
"""


def hours(subject: str, item: str) -> list[Point]:
    """The item's readings of the last 24 hours, oldest first, at most 96. One query."""
    found = Evidence.objects.raw(_HOURS, {"subject": subject, "item": item, "points": 4 * POINTS})
    return [_point(row) for row in reversed(list(found))]


def last_of_each(subjects: Sequence[str], item: str) -> dict[str, Point]:
    """Subject → the item's last reading there, of the subjects that have one. One query."""
    found = Evidence.objects.raw(_SUBJECTS, {"subjects": list(subjects), "item": item})
    return {row.subject: _point(row) for row in found}


def _point(row: Evidence) -> Point:
    return Point(row.subject, row.measured_at, row.value or 0.0, row.unit, row.judged)
