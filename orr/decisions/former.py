"""What has to be analysed before a review can be decided: its former ones, others of the same items."""

from django.db import connection

from orr.changes.digest import items_digest
from orr.decisions import rca
from orr.decisions.rca import Cause
from orr.decisions.rca_models import Rca
from orr.lib.met import Requirement
from orr.reviews.models import Review, code_of, number_of

# Every review this one is a re-review of, however far back; UNION ends a circle.
_CHAIN = """
WITH RECURSIVE chain AS (
    SELECT re_review_of_id AS id FROM reviews_review WHERE id = %s
    UNION SELECT r.re_review_of_id FROM reviews_review r JOIN chain c ON r.id = c.id
)
SELECT DISTINCT a.review_id FROM decisions_rca a JOIN chain c ON a.review_id = c.id
JOIN reviews_review r ON r.id = a.review_id
WHERE a.recorded_at IS NULL AND a.cause <> 'break_glass' AND NOT (r.shadow AND a.cause = 'no_go')
"""


def requirement(review: Review) -> Requirement:
    """Whether every analysis that stands before it is recorded; it names its own team's reviews only."""
    codes = unanalysed(review)
    numbers = [number for number in map(number_of, codes) if number]
    ours = Review.objects.filter(pk__in=numbers, team=review.team_id) if codes else []
    own = {one.code for one in ours}
    return rca.analysed([code for code in codes if code in own], others=len(own) < len(codes))


def unanalysed(review: Review) -> list[str]:
    """The codes of the reviews whose analysis is missing: those it re-reviews, and those of the same items.

    The same items count without being named as a re-review, so that opening the change anew leads past no
    analysis; a title or a reason that reads otherwise makes no other change. A No-Go in shadow stopped
    nothing, so that it stops no later review either; an Exit is real whatever its review was.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CHAIN, [review.pk])
        found = {number for (number,) in cursor.fetchall()}
    return [code_of(number) for number in sorted(found | _same(review))]


def _same(review: Review) -> set[int]:
    owed = Rca.objects.filter(recorded_at=None, review__environment=review.environment)
    owed = owed.exclude(cause=Cause.BREAK_GLASS).exclude(cause=Cause.NO_GO, review__shadow=True)
    others = list(owed.exclude(review=review.pk).values_list("review_id", "review__change_set__body"))
    ours = items_digest(review.body) if others else ""
    return {number for number, body in others if items_digest(body) == ours}
