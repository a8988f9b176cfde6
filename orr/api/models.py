"""What the API itself keeps: the answer under each idempotency key, and each token's rate window."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from rest_framework.utils.encoders import JSONEncoder

from orr.accounts.models import ApiToken, User


class StoredAnswer(models.Model):
    """The answer that a person's request under one key got; a second request gets the same one."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True, encoder=JSONEncoder)
    location = models.CharField(max_length=300, default="", blank=True)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "key"], name="one_answer_per_key"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["made_at"], name="answers_by_age")]


class RateWindow(models.Model):
    """How many requests a token made in its current minute; one row per token, overwritten in place."""

    token = models.OneToOneField(ApiToken, models.CASCADE, primary_key=True, related_name="+")
    started_at = models.DateTimeField(db_default=Now())
    requests = models.PositiveIntegerField(default=0)
