"""Reviews, their editors, and the transitions the database itself writes down."""

import re
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from orr.accounts.models import DEFAULT_TEAM, Team
from orr.changes.models import ChangeSet
from orr.profiles.schema import Profile
from orr.reviews.states import State

_CODE = re.compile(r"^ORR-([0-9]{4,15})\Z")


class Review(models.Model):
    """One review of one change set. `version` rises with everything a reader could see change."""

    change_set = models.ForeignKey(ChangeSet, models.PROTECT, related_name="reviews")
    title = models.CharField(max_length=120)
    environment = models.CharField(max_length=60)
    requester = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reviews")
    profiles = models.JSONField()
    profile = models.JSONField()
    profile_digest = models.CharField(max_length=71)
    state = models.CharField(max_length=16, default=State.CHECKING)
    version = models.BigIntegerField(default=1)
    opened_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    decidable_at = models.DateTimeField(null=True)
    re_review_of = models.ForeignKey("self", models.PROTECT, null=True, related_name="re_reviews")
    team = models.ForeignKey(Team, models.PROTECT, default=DEFAULT_TEAM, related_name="reviews")
    # Recorded only, and nothing waits for it; its trigger stands in migration 0005.
    shadow = models.BooleanField(default=False, db_default=False)
    replaced_by = models.ForeignKey("self", models.PROTECT, null=True, related_name="replaces")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in State]), name="review_in_a_known_state"
            ),
            models.CheckConstraint(condition=~Q(re_review_of=models.F("id")), name="review_not_of_itself"),
            models.CheckConstraint(
                condition=~Q(replaced_by=models.F("id")), name="review_replaced_by_another"
            ),
            models.CheckConstraint(
                condition=Q(replaced_by=None) | Q(state="withdrawn"), name="replaced_is_withdrawn"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-updated_at", "-id"], name="review_latest_first"),
            models.Index(fields=["state", "-updated_at", "-id"], name="review_by_state"),
            models.Index(fields=["environment", "-updated_at", "-id"], name="review_by_environment"),
            models.Index(fields=["team", "-updated_at", "-id"], name="review_by_team"),
        ]

    @property
    def code(self) -> str:
        """What people call it: `ORR-0142`."""
        return code_of(self.pk)

    @property
    def rules(self) -> Profile:
        """The profile as it was pinned when the review opened."""
        return Profile.model_validate(self.profile)

    @property
    def body(self) -> dict[str, Any]:
        """The change set as it was sent."""
        stated: dict[str, Any] = self.change_set.body
        return stated


class Editor(models.Model):
    """Who edited the change set of a review; they sign nothing in it."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="editors")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["review", "person"], name="editor_once_per_review")
        ]


class Transition(models.Model):
    """One change of state, written by a trigger; nobody updates or deletes it."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="transitions")
    before = models.CharField(max_length=16)
    after = models.CharField(max_length=16)
    verb = models.CharField(max_length=16)
    actor = models.CharField(max_length=40)
    at = models.DateTimeField(db_default=Now())


def code_of(number: int) -> str:
    """`ORR-0142` of 142."""
    return f"ORR-{number:04d}"


def number_of(code: str) -> int | None:
    """142 of `ORR-0142`; None for anything that names no review, `ORR-00142` included.

    A second spelling would find the review but none of its guards, evidence and entries.
    """
    found = _CODE.match(code) if isinstance(code, str) else None
    number = int(found.group(1)) if found else 0
    return number if 0 < number < 2**53 and code == code_of(number) else None
