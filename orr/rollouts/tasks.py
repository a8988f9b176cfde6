"""The guards of every running rollout, read back again and again: a lost one shows at once."""

from celery import shared_task

from orr.guards import actions as guards
from orr.reviews.models import Review
from orr.reviews.states import State


@shared_task(name="rollouts.watch_guards", ignore_result=True)
def watch_guards() -> None:
    """Read back the guards of effective and running reviews."""
    watched = Review.objects.filter(state__in=(State.EFFECTIVE, State.ROLLING_OUT, State.OBSERVING))
    for review in watched:
        if guards.of(review.code):
            guards.confirm(review.code)
