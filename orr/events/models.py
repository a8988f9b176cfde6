"""The outbox: what goes to the event hub, written with the act it tells of, and what became of each."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from orr.lib.sentence import SentenceField


class Outgoing(models.Model):
    """One event, its content never changed, and its delivery: waiting, sent, or a dead letter.

    Events of one subject leave in the order of their ids, so one that waits holds back those after it.
    `key` is what the event says, so that it is said once. The triggers stand in `migrations/`.
    """

    event_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    type = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    key = models.CharField(max_length=150, unique=True)
    envelope = models.JSONField()
    recorded_at = models.DateTimeField()
    # When it is tried next, how often it was, and how often the broker refused it itself.
    due_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    why = SentenceField(null=True)
    sent_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(type__regex=r"^ops(\.[a-z]+)+$"), name="outgoing_type_is_of_the_hub"
            ),
            models.CheckConstraint(condition=~Q(subject="") & ~Q(key=""), name="outgoing_has_a_subject"),
            models.CheckConstraint(
                condition=Q(sent_at=None) | Q(dead_at=None), name="outgoing_sent_is_no_dead_letter"
            ),
            models.CheckConstraint(
                condition=Q(sent_at=None) | Q(sent_at__gte=F("recorded_at")),
                name="outgoing_sent_after_written",
            ),
            models.CheckConstraint(
                condition=Q(dead_at=None) | Q(why__isnull=False), name="outgoing_dead_letter_says_why"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["subject", "id"], condition=Q(sent_at=None), name="outgoing_waiting"),
            models.Index(
                fields=["recorded_at"], condition=Q(type="ops.approval.probe"), name="outgoing_probes"
            ),
        ]
