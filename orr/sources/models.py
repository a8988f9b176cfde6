"""Which addresses a secret may be sent to, and what each source last answered; never a secret itself."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from orr.accounts.models import User
from orr.lib.sentence import SentenceField


class KnownSecret(models.Model):
    """A secret by its reference (``env:NAME`` or ``file:/path``): made when it is first used."""

    reference = models.CharField(primary_key=True, max_length=1100)
    known_since = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(reference__startswith="env:") | Q(reference__startswith="file:"),
                name="a_secret_is_known_by_reference",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class TrustedAddress(models.Model):
    """An address that the secret may go to: of its first use, or confirmed by an administrator."""

    secret = models.ForeignKey(KnownSecret, models.CASCADE, related_name="addresses")
    address = models.CharField(max_length=2100)
    since = models.DateTimeField(db_default=Now())
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["secret", "address"], name="an_address_is_trusted_once"),
            models.CheckConstraint(condition=~Q(address=""), name="a_trusted_address_is_named"),
        ]

    def __str__(self) -> str:
        return f"{self.secret_id} {self.address}"


class Outcome(models.TextChoices):
    """It answered; it answered, but not what was asked for; it gave no answer, or let us not in."""

    ANSWERED = "answered"
    UNUSABLE = "unusable"
    SILENT = "silent"


class Answer(models.Model):
    """One question to a source and how it went. `item` is empty where only the source itself was asked.

    `address`: the place that was asked, so that a new address does not inherit what the old one answered.
    """

    source = models.CharField(max_length=60)
    kind = models.CharField(max_length=30)
    address = models.CharField(max_length=2100)
    item = models.CharField(max_length=8, blank=True)
    asked_at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome)
    said = SentenceField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["source", "item", "-asked_at", "-id"], name="source_latest_answer"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="source_outcome_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.item} {self.outcome}"


class HandAsking(models.Model):
    """When a source was last asked by hand: what the limit counts from."""

    source = models.CharField(primary_key=True, max_length=60)
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.source} {self.asked_at:%Y-%m-%dT%H:%M:%S}"
