"""A rollout and its stage events; the database holds that a review rolls out once."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from orr.lib.sentence import SentenceField
from orr.reviews.models import Review


class Rollout(models.Model):
    """That the change goes out: since when, started by whom, how far, and the observation after it."""

    review = models.OneToOneField(Review, models.PROTECT, related_name="rollout")
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    valid_until = models.DateTimeField()
    percent = models.PositiveSmallIntegerField(default=0)
    stage = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    observation_until = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(percent__lte=100), name="percent_of_a_whole"),
            models.CheckConstraint(
                condition=Q(started_at__lt=F("valid_until")),
                name="rollout_starts_while_the_decision_is_valid",
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None, observation_until=None)
                | Q(finished_at__isnull=False, observation_until__gte=F("finished_at"), percent=100),
                name="finished_is_all_of_it_and_observed",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None)
                | Q(closed_by__isnull=False, closed_at__gte=F("observation_until")),
                name="closed_after_the_observation",
            ),
        ]


class StageEvent(models.Model):
    """What the deployer, or a person, said at a moment, and the verdict it got; never changed."""

    rollout = models.ForeignKey(Rollout, models.PROTECT, related_name="events")
    number = models.PositiveIntegerField()
    event = models.CharField(max_length=10)
    percent = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=10)
    reason = SentenceField()

    class Meta:
        ordering: ClassVar[list[str]] = ["number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["rollout", "number"], name="stage_events_are_numbered"),
            models.CheckConstraint(
                condition=Q(event__in=["started", "stage", "finished"]), name="stage_event_is_known"
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=["pass", "hold", "rollback"]), name="stage_verdict_is_known"
            ),
        ]
