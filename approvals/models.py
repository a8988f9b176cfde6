"""A request for approval, its slots, and the signatures on it; the database holds the law.

The triggers stand in `migrations/0002_laws_of_signing.py`: who writes past the actions meets them too.
"""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from approvals import timelock
from orr.accounts.models import User
from orr.lib.sentence import SentenceField


class State(models.TextChoices):
    """`open` until it ended, in one of the other ways, once."""

    OPEN = "open"
    EFFECTIVE = "effective"
    VOID = "void"
    EXPIRED = "expired"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class Request(models.Model):
    """One digest to approve: whose slots, how long a timelock, until when. `filled_at` is the database's."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.CharField(max_length=120)
    subject_digest = models.CharField(max_length=71)
    delay = models.DurationField()
    approve_by = models.DateTimeField()
    opened_at = models.DateTimeField(db_default=Now())
    filled_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    ended_at = models.DateTimeField(null=True)
    ended_reason = SentenceField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["subject"], condition=Q(state="open"), name="one_open_request_per_subject"
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="request_state_is_known"),
            models.CheckConstraint(
                condition=Q(subject_digest__regex=r"^sha256:[0-9a-f]{64}$"), name="request_names_a_digest"
            ),
            models.CheckConstraint(condition=Q(delay__gte=timedelta(0)), name="timelock_is_not_negative"),
            models.CheckConstraint(
                condition=Q(approve_by__gt=F("opened_at")), name="request_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(state="open", ended_at=None) | (~Q(state="open") & Q(ended_at__isnull=False)),
                name="request_ended_when_not_open",
            ),
            models.CheckConstraint(
                condition=~Q(state="effective") | Q(filled_at__isnull=False), name="effect_needs_every_slot"
            ),
        ]

    @property
    def slots(self) -> list[str]:
        """The role of each slot, in order."""
        return [row.role for row in self.slot_rows.all()]

    def live_approvals(self) -> "list[Approval]":
        """The signatures that stand, by slot."""
        standing = self.approvals.filter(withdrawn_at=None).select_related("person")
        return list(standing.order_by("slot"))

    def standing(self, now: datetime) -> timelock.Status:
        """Where the request stands in time at `now`."""
        return timelock.status(
            now=now, filled_at=self.filled_at, delay=self.delay, approve_by=self.approve_by
        )


class Slot(models.Model):
    """One seat of the quorum: its place and the role that fills it."""

    request = models.ForeignKey(Request, models.PROTECT, related_name="slot_rows")
    index = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=20)

    class Meta:
        ordering: ClassVar[list[str]] = ["index"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["request", "index"], name="one_row_per_slot"),
            models.CheckConstraint(condition=~Q(role=""), name="slot_names_a_role"),
        ]


class Approval(models.Model):
    """One person's signature in one slot, on one digest; it can be withdrawn, never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(Request, models.PROTECT, related_name="approvals")
    slot = models.PositiveSmallIntegerField()
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    role = models.CharField(max_length=20)
    digest = models.CharField(max_length=71)
    method = models.CharField(max_length=20)
    weak = models.BooleanField()
    comment = models.TextField(blank=True, max_length=2000)
    acknowledged = models.JSONField(default=list)
    signed_at = models.DateTimeField(db_default=Now())
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["request", "slot"], condition=Q(withdrawn_at=None), name="one_signature_per_slot"
            ),
            models.UniqueConstraint(
                fields=["request", "person"], condition=Q(withdrawn_at=None), name="one_signature_per_person"
            ),
            models.CheckConstraint(condition=~Q(method=""), name="signature_names_its_method"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__gte=F("signed_at")),
                name="withdrawn_after_signed",
            ),
        ]
