"""The journal: every value that was ever written to a target, and for which review."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class WrittenBy(models.TextChoices):
    """Who wrote the value."""

    ROLLOUT = "rollout"
    EXIT = "exit"
    REHEARSAL = "rehearsal"


class Journal(models.Model):
    """One value at one target; insert only. An Exit takes back what stands here and asks about all else."""

    target = models.CharField(max_length=200)
    value = models.CharField(max_length=500)
    written_by = models.CharField(max_length=10, choices=WrittenBy)
    review = models.CharField(max_length=20)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["review", "target"], name="journal_of_a_target"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["review", "target", "value", "written_by"], name="journal_names_a_value_once"
            ),
            models.CheckConstraint(condition=Q(written_by__in=WrittenBy.values), name="journal_writer_known"),
            models.CheckConstraint(condition=~Q(target="") & ~Q(review=""), name="journal_names_its_place"),
        ]
