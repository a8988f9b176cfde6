"""The inbox of our notifier: each event once, who acknowledged a probe, who sent a letter again."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from orr.accounts.models import User
from orr.events.models import Outgoing


class Receipt(models.Model):
    """One event as it came back from the hub, the first time."""

    event = models.OneToOneField(Outgoing, models.CASCADE, related_name="receipt")
    received_at = models.DateTimeField()


class Acknowledgement(models.Model):
    """A consumer's answer to one probe, the first one, at the database's time."""

    probe = models.ForeignKey(Outgoing, models.CASCADE, related_name="acknowledgements")
    consumer = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["probe", "consumer"], name="a_consumer_acknowledges_once"),
            models.CheckConstraint(condition=~Q(consumer=""), name="acknowledged_by_somebody"),
        ]


class SentAgain(models.Model):
    """That a person had a dead letter sent again; the row is never changed."""

    event = models.ForeignKey(Outgoing, models.PROTECT, related_name="sent_again")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
