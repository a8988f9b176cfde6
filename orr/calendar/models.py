"""Entries, freezes and peaks as rows that are written once and cancelled once, never changed or deleted.

The trigger that holds it stands in `migrations/0002_written_once.py`.
"""

import uuid
from datetime import timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from orr.accounts.models import APPROVER_ROLES, Role, User
from orr.calendar.freezes import Kind

# A single occurrence is no longer than this.
LONGEST = timedelta(days=366)


class Entry(models.Model):
    """One line of the calendar: what it is, from when until when, whose, why, and of what.

    `begins_at` and `ends_at` are of the first occurrence; `rule` (RFC 5545) says when it comes again, by
    the wall clock of `zone`. Without environment or services it is of every one of them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=6)
    title = models.CharField(max_length=120)
    # By which a profile names a freeze.
    name = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=500)
    owner_role = models.CharField(max_length=20)
    owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    environment = models.CharField(max_length=60, blank=True)
    services = ArrayField(models.CharField(max_length=200), default=list)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    zone = models.CharField(max_length=64)
    rule = models.CharField(max_length=300, blank=True)
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    written_at = models.DateTimeField(db_default=Now())
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    cancelled_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["begins_at"], condition=Q(cancelled_at=None), name="calendar_what_stands"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in Kind]), name="calendar_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(begins_at__lt=F("ends_at"), ends_at__lte=F("begins_at") + LONGEST),
                name="calendar_entry_has_a_length",
            ),
            models.CheckConstraint(
                condition=~Q(title="") & ~Q(reason="") & ~Q(zone=""), name="calendar_entry_says_what_and_why"
            ),
            models.CheckConstraint(
                condition=Q(owner_role__in=Role.values), name="calendar_entry_has_an_owner"
            ),
            models.CheckConstraint(
                condition=~Q(kind="freeze")
                | Q(name__regex=r"^[a-z0-9][a-z0-9-]{0,39}$", owner_role__in=sorted(APPROVER_ROLES)),
                name="a_freeze_has_a_name_and_a_seat",
            ),
            models.CheckConstraint(
                condition=Q(rule="")
                | Q(rule__regex=r"^FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;[A-Z]+=[A-Z0-9,+-]+)*$"),
                name="calendar_rule_has_the_form",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at=None, cancelled_by=None, cancelled_reason="")
                | (Q(cancelled_at__isnull=False, cancelled_by__isnull=False) & ~Q(cancelled_reason="")),
                name="cancelled_by_somebody_who_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.title}"

    @property
    def where(self) -> ZoneInfo:
        """Its time zone."""
        return ZoneInfo(self.zone)
