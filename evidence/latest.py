"""What is known of a subject now: per item the newest evidence, and the newest red before it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from evidence.models import Evidence
from evidence.verdict import Measured

# One statement for all items: the newest by measurement, and the newest red before it. A part never hides
# what was measured.
_LATEST = """
WITH known AS (
    SELECT e.*, row_number() OVER (
        PARTITION BY item ORDER BY outcome = 'part', measured_at DESC, recorded_at DESC, id
    ) AS place
    FROM evidence_evidence e
    WHERE subject = %(subject)s AND (%(until)s::timestamptz IS NULL OR measured_at <= %(until)s)
      AND bound_digest = CASE binds_to
        WHEN 'environment' THEN %(environment)s WHEN 'items' THEN %(items)s ELSE %(change_set)s END
), reds AS (
    SELECT DISTINCT ON (item) * FROM known WHERE place > 1 AND judged = 'red' ORDER BY item, place
)
SELECT * FROM known WHERE place = 1 UNION ALL SELECT * FROM reds
"""


@dataclass(frozen=True)
class Latest:
    """The newest evidence of an item; a later green never hides an earlier red."""

    evidence: Evidence
    earlier_red: Evidence | None

    @property
    def measured(self) -> Measured:
        """The newest evidence, as far as it is judged."""
        return self.evidence.measured


def latest(subject: str, *, bound: Mapping[str, str], until: datetime | None = None) -> dict[str, Latest]:
    """The newest evidence of each item that has any, for what the subject is bound to now. One query.

    `bound`: the environment, items and change_set that evidence has to be of.
    `until`: what was measured later is not looked at.
    """
    newest: dict[str, Evidence] = {}
    reds: dict[str, Evidence] = {}
    for row in Evidence.objects.raw(_LATEST, {"subject": subject, "until": until, **bound}):
        (newest if row.__dict__["place"] == 1 else reds)[row.item] = row
    return {item: Latest(row, reds.get(item)) for item, row in newest.items()}


def history(subject: str, item: str, *, limit: int = 100) -> list[Evidence]:
    """Every attempt of the item, of whichever binding, newest first."""
    found = Evidence.objects.filter(subject=subject, item=item)
    return list(found.order_by("-measured_at", "-recorded_at")[:limit])
