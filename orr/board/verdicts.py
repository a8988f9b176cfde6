"""The gate verdicts of many reviews at once: one query for all their evidence, judged as on the board."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from evidence.models import Evidence
from evidence.verdict import Verdict, judge, worst
from orr.profiles.schema import Profile
from orr.reviews.checklist import GATES, ITEMS
from orr.reviews.models import Review
from orr.reviews.standing import bound_of
from orr.reviews.states import COLLECTING

_NEWEST = """
SELECT DISTINCT ON (e.subject, e.item) e.*
FROM evidence_evidence AS e
JOIN unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
  AS of (subject, environment, items, change_set, until) ON e.subject = of.subject
WHERE (of.until IS NULL OR e.measured_at <= of.until)
  AND e.bound_digest = CASE e.binds_to
      WHEN 'environment' THEN of.environment WHEN 'items' THEN of.items ELSE of.change_set END
ORDER BY e.subject, e.item, e.outcome = 'part', e.measured_at DESC, e.recorded_at DESC, e.id
"""
Judged = dict[str, Verdict]


def of_all(reviews: Sequence[Review], now: datetime) -> dict[str, tuple[Judged, datetime | None]]:
    """Per review the verdict of every item, and the next moment at which one changes by time alone.

    A review past its decision shows the verdicts of that moment: time makes nothing stale that was decided.
    """
    moments = {review.code: _moment(review) for review in reviews}
    found = _newest(reviews, moments)
    return {r.code: _judged(r, found.get(r.code, {}), moments[r.code] or now) for r in reviews}


def _moment(review: Review) -> datetime | None:
    decision = getattr(review, "decision", None)
    if decision is not None and review.state not in COLLECTING:
        at: datetime = decision.effective_at
        return at
    return None if review.state in COLLECTING else review.updated_at


def _newest(
    reviews: Sequence[Review], until: Mapping[str, datetime | None]
) -> dict[str, dict[str, Evidence]]:
    if not reviews:
        return {}
    bounds = [(review.code, bound_of(review)) for review in reviews]
    columns: list[list[Any]] = [[code for code, _ in bounds]]
    columns += [[bound[name] for _, bound in bounds] for name in ("environment", "items", "change_set")]
    columns.append([until[code] for code, _ in bounds])
    by_subject: dict[str, dict[str, Evidence]] = defaultdict(dict)
    for row in Evidence.objects.raw(_NEWEST, columns):
        by_subject[row.subject][row.item] = row
    return by_subject


def _judged(review: Review, found: Mapping[str, Evidence], at: datetime) -> tuple[Judged, datetime | None]:
    profile, kinds = rules_of(review), review.change_set.kinds
    verdicts: Judged = {}
    ahead: list[datetime] = []
    for code in ITEMS:
        rule = profile.items[code]
        if not rule.applies_to(kinds):
            verdicts[code] = Verdict.NOT_APPLICABLE
            continue
        row = found.get(code)
        judgement = judge(row.measured if row else None, rule, at)
        verdicts[code] = judgement.verdict
        if judgement.fresh_until and judgement.fresh_until > at:
            ahead.append(judgement.fresh_until)
    return verdicts, min(ahead, default=None)


_profiles: dict[str, Profile] = {}


def rules_of(review: Review) -> Profile:
    """The pinned profile; reviews of one profile share the parsed object, told apart by its digest."""
    known = _profiles.get(review.profile_digest)
    if known is None:
        if len(_profiles) > 64:
            _profiles.clear()
        known = _profiles[review.profile_digest] = review.rules
    return known


def gates(verdicts: Mapping[str, Verdict]) -> list[dict[str, Any]]:
    """The eight gates in their seats, each as its worst item."""
    return [
        {
            "number": gate.number,
            "verdict": worst(v for code, v in verdicts.items() if code[1] == str(gate.number)).value,
        }
        for gate in GATES
    ]
