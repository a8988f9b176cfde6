"""What the change writes where: noted in the journal, so that an Exit knows these values for its own."""

from collections.abc import Iterable

from orr.drivers import journal
from orr.drivers.models import WrittenBy
from orr.guards import actions as guards
from orr.plans.plan import build
from orr.reviews.models import Review


def note(review: Review, percent: int) -> None:
    """Journal each item's `to`, and the canary weight of this stage (0: none yet)."""
    for key in build(review.body).keys:
        _record(review, key.target, key.expected_to)
    for guard in guards.of(review.code):
        if guard.kind == guards.CANARY and percent:
            _record(review, guard.target, [str(percent)])


def _record(review: Review, target: str, values: Iterable[str]) -> None:
    for value in values:
        journal.record(target=target, value=value, written_by=WrittenBy.ROLLOUT, review=review.code)
