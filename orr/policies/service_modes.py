"""Whether the changes of a service are decided for real or in shadow: one row for each time that changed.

What no row says is enforced. The triggers stand in `migrations/0003_shadow_by_service.py`.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from orr.accounts.models import User

SHADOW = "shadow"
ENFORCED = "enforced"


class ServiceMode(models.Model):
    """From `counts_from` until `ended_at` the service is in this mode; without `counts_from` it waits.

    Shadow is the weaker one: it counts by a second administrator's consent, or at set-up.
    """

    service_id = models.CharField(max_length=200)
    mode = models.CharField(max_length=8, choices=[(SHADOW, SHADOW), (ENFORCED, ENFORCED)])
    reason = models.TextField(max_length=2000)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())
    at_setup = models.BooleanField(default=False)
    consented_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    counts_from = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(mode__in=[SHADOW, ENFORCED]), name="service_mode_is_known"),
            models.CheckConstraint(
                condition=~Q(service_id="") & ~Q(reason=""), name="service_mode_says_of_what_and_why"
            ),
            models.UniqueConstraint(
                fields=["service_id"], condition=Q(counts_from__isnull=False, ended_at=None),
                name="one_mode_of_a_service",
            ),
            models.UniqueConstraint(
                fields=["service_id"], condition=Q(counts_from=None, ended_at=None),
                name="one_mode_of_a_service_waits",
            ),
            models.CheckConstraint(
                condition=Q(mode=ENFORCED, counts_from__isnull=False)
                | Q(mode=SHADOW, counts_from=None, consented_by=None)
                | Q(mode=SHADOW, at_setup=True)
                | Q(mode=SHADOW, consented_by__isnull=False) & ~Q(consented_by=F("asked_by")),
                name="shadow_takes_two_administrators",
            ),
        ]  # fmt: skip
