"""Steps of a schema change build on each other: when one comes or goes, the reviews after it ask again."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q

from evidence import actions as evidence
from orr.changes import stages
from orr.changes.stages import Item, place
from orr.reviews.actions import facts_of, rules_of
from orr.reviews.acts import find
from orr.reviews.models import Review
from orr.reviews.states import COLLECTING

STEP = "G4.2"


def ask_again(*, subject: str, **_: Any) -> None:
    """Ask for the step of every open review for the same places; listens to Exit and to closing."""
    for review in _built_on(find(subject)):
        evidence.request_collection(facts=facts_of(review), rules=rules_of(review), actor=None, only=[STEP])


def same_place(item: Item) -> dict[str, Any]:
    """What an item of a change set says that changes the same place, for a query into its JSON."""
    named = {"target": item["target"]} if item.get("target") else {"name": item["name"]}
    return {"kind": stages.KIND, **named}


def _built_on(done: Review) -> Iterator[Review]:
    """The open reviews of the same team and environment with a schema item at one of its places."""
    items = stages.schemas(done.body)
    if not items:
        return
    places = {place(item) for item in items}
    alike = Q()
    for item in items:
        alike |= Q(change_set__body__items__contains=[same_place(item)])
    rows = Review.objects.filter(alike, team=done.team_id, environment=done.environment, state__in=COLLECTING)
    for review in rows.exclude(pk=done.pk).select_related("change_set").order_by("pk"):
        if places & {place(item) for item in stages.schemas(review.body)}:
            yield review
