"""A deployment that asks, its review brought to a decision, and what time does to an answer."""

from datetime import timedelta
from typing import Any

from orr.decisions.models import Proposal
from orr.guards.models import Guard
from orr.hooks import answers
from orr.hooks.models import Answer
from orr.lib import clock
from orr.reviews.models import Review
from tests.factories import decisions as made
from tests.factories.people import person
from tests.factories.platform import Platform
from tests.hooks.conftest import Door, payload


def ask(door: Door, platform: Platform, **changed: Any) -> Any:
    """A deployment of GitHub asks; `changed` replaces fields of the deployment."""
    body = payload("github-rule", platform.url)
    body["deployment"] |= changed
    answer = door.github("deployment_protection_rule", body)
    assert answer.status_code in (200, 201), answer.content
    return answer


def signed(review: Review, **how: Any) -> Proposal:
    """A proposal on green evidence with both signatures."""
    made.green(review)
    proposal = made.propose(review, person("manager", "release_manager"), **how)
    for role in ("sre", "security"):
        made.sign(proposal, person(role, role))
    return proposal


def go(review: Review) -> None:
    """Go with Guards takes effect, and its guard is read back."""
    assert not isinstance(made.effect(signed(review)), str)
    Guard.objects.filter(review=review.code).update(confirmed_at=clock.now(), read_back="90s")
    answers.look(review.code)


def due_now() -> None:
    """What waits for its next try is due."""
    Answer.objects.filter(state="waiting").update(next_at=clock.now())


def lease_is_over() -> None:
    """Whoever was at it is gone."""
    Answer.objects.update(lease_until=clock.now() - timedelta(seconds=1))
