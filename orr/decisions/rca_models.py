"""Root-cause analyses and every version of what they say; their laws are in migrations 0003 and 0005."""

import json
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from orr.accounts.models import User
from orr.decisions.rca import EMPTY, Cause, Content
from orr.reviews.models import Review


class Rca(models.Model):
    """The analysis that a No-Go, an Exit or break-glass owes. Overdue is computed, never stored."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="rcas")
    cause = models.CharField(max_length=12)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    recorded_at = models.DateTimeField(null=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    closing_note = models.TextField(blank=True, max_length=2000)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["review", "cause"], condition=Q(closed_at=None), name="one_open_rca_per_cause"
            ),
            models.CheckConstraint(
                condition=Q(cause__in=[cause.value for cause in Cause]), name="rca_has_a_known_cause"
            ),
            models.CheckConstraint(
                condition=Q(due_at__gt=F("opened_at")), name="rca_is_due_after_its_opening"
            ),
            models.CheckConstraint(
                condition=Q(recorded_at=None, recorded_by=None)
                | Q(recorded_at__isnull=False, recorded_by__isnull=False),
                name="rca_is_recorded_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None, closing_note="")
                | Q(
                    ~Q(closing_note=""),
                    recorded_at__isnull=False,
                    closed_at__isnull=False,
                    closed_at__gte=F("recorded_at"),
                    closed_by__isnull=False,
                ),
                name="rca_is_closed_after_its_recording",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.review_id} {self.cause}"

    @property
    def newest(self) -> "RcaRevision | None":
        """Its latest version; None while nobody wrote anything."""
        return self.revisions.select_related("by").order_by("-number").first()

    @property
    def content(self) -> Content:
        """What it says now."""
        newest = self.newest
        return newest.content if newest else EMPTY

    @property
    def returned(self) -> bool:
        """Whether what it says now was sent back: nobody has changed the text since."""
        texts = self.revisions.filter(marks_only=False).order_by("-number")
        latest = texts.values_list("number", flat=True).first()
        return RcaReturn.objects.filter(revision__rca=self, revision__number__gte=latest or 0).exists()


class RcaRevision(models.Model):
    """One version of an analysis, written once. `marks_only`: nothing but what is done changed."""

    rca = models.ForeignKey(Rca, models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    payload = models.BinaryField()
    digest = models.CharField(max_length=71)
    marks_only = models.BooleanField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["rca", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["rca", "number"], name="rca_versions_are_numbered"),
        ]

    def __str__(self) -> str:
        return f"{self.rca_id} {self.number}"

    @property
    def content(self) -> Content:
        """What this version says."""
        body: dict[str, Any] = json.loads(bytes(self.payload))
        return Content.of(body)


class RcaReturn(models.Model):
    """That a second person sent a recorded version back, and why; by it the analysis is owed again."""

    revision = models.OneToOneField(RcaRevision, models.PROTECT, related_name="sent_back")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.TextField(max_length=2000)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(reason=""), name="rca_is_sent_back_for_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.revision_id} sent back"
