"""A deployment that asks, its review brought to a decision, and what time does to an answer."""

from datetime import timedelta
from typing import Any

from django.db import connection

from orr.accounts.models import User
from orr.changes.models import ChangeSet
from orr.decisions.models import Proposal
from orr.guards.models import Guard
from orr.hooks import answers
from orr.hooks.models import Answer
from orr.lib import clock
from orr.policies import enforcement
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


def shadow(*services: str) -> None:
    """Two administrators put the services into shadow."""
    one, other = person("admin", "admin"), User.objects.get(username="boss")
    for service in services:
        enforcement.ask_for_shadow(service_id=service, reason="Beginning.", actor=one)
        enforcement.consent(service_id=service, actor=other)


def into_shadow(review: Review, **changed: Any) -> None:
    """The review is one in shadow by an edit past all laws: what answers trusts no such row alone."""
    kept = ChangeSet.keep({**review.body, "title": "Edited", **changed})
    environment = changed.get("environment", review.environment)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        Review.objects.filter(pk=review.pk).update(change_set=kept, shadow=True, environment=environment)
        cursor.execute("SET LOCAL session_replication_role = origin")
