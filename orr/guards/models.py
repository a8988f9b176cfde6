"""A guard of a decision: which value an outside system has to hold, until when, and what it read back."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from orr.lib.sentence import SentenceField


class Guard(models.Model):
    """One guard. `read_back` and `confirmed_at` are of the last time it read as it has to.

    `lost_at` is set while it does not, with the reason; a lost guard that reads right again is found again.
    """

    review = models.CharField(max_length=20)
    proposal_digest = models.CharField(max_length=71)
    kind = models.CharField(max_length=20)
    driver = models.CharField(max_length=200, blank=True)
    target = models.CharField(max_length=200, blank=True)
    value = models.CharField(max_length=500)
    owner = models.CharField(max_length=200, blank=True)
    expires_at = models.DateTimeField()
    made_at = models.DateTimeField(db_default=Now())
    applied_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    read_back = models.CharField(max_length=500, null=True)
    raw = models.BinaryField(null=True)
    lost_at = models.DateTimeField(null=True)
    reason = SentenceField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["review", "proposal_digest", "kind", "target"], name="one_guard_per_kind_and_target"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | Q(read_back__isnull=False),
                name="guard_confirmed_by_its_answer",
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="guard_ends_after_start"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["review"], name="guards_of_a_review")]
