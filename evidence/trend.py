"""How an item's value went over the last day: a few points for a small chart."""

from collections import defaultdict

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
