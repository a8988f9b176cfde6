"""A request for approval, its slots, the signatures on it, and who may sign for whom; the database
holds the law.

The triggers stand in `migrations/`: who writes past the actions meets them too.
"""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now

from approvals import timelock
from orr.accounts.models import APPROVER_ROLES, Team, User
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
    # By which a deputy stopped it for its principal; None for whoever acted in their own right.
    ended_delegation = models.ForeignKey("Delegation", models.PROTECT, null=True, related_name="+")

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
                condition=Q(ended_delegation=None) | Q(state__in=["rejected", "cancelled"]),
                name="a_deputy_stops_and_lets_nothing_through",
            ),
            models.CheckConstraint(
                condition=~Q(state="effective") | Q(filled_at__isnull=False), name="effect_needs_every_slot"
            ),
        ]

    @property
    def stopped_for(self) -> User | None:
        """The principal for whom a deputy rejected or cancelled it; None for whoever did for themselves."""
        return self.ended_delegation.principal if self.ended_delegation else None

    @property
    def slots(self) -> list[str]:
        """The role of each slot, in order."""
        return [row.role for row in self.slot_rows.all()]

    def live_approvals(self) -> "list[Approval]":
        """The signatures that stand, by slot."""
        standing = self.approvals.filter(withdrawn_at=None).select_related(
            "person", "on_behalf_of", "delegation__principal"
        )
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


class Delegation(models.Model):
    """A deputy for one role of one person, in a team or everywhere, from `starts_at` until before `ends_at`.

    It is made once and revoked once; the trigger in `0004_laws_of_delegation` refuses a second step, a
    cycle and an overlapping duplicate.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    principal = models.ForeignKey(User, models.PROTECT, related_name="delegations")
    deputy = models.ForeignKey(User, models.PROTECT, related_name="deputed")
    role = models.CharField(max_length=20)
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    made_at = models.DateTimeField(db_default=Now())
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(principal=F("deputy")), name="nobody_is_their_own_deputy"),
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="delegation_has_a_length"),
            models.CheckConstraint(
                condition=Q(role__in=sorted(APPROVER_ROLES)), name="only_seats_are_delegated"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="delegation_has_a_reason"),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="delegation_revoked_by_somebody",
            ),
        ]


class Challenge(models.Model):
    """What a passkey was asked for one act of one person in one session: answered once, within minutes.

    `challenge` is the SHA-256 (hex) of the statement's canonical JSON, `session` that of the session's key.
    """

    challenge = models.CharField(primary_key=True, max_length=64)
    person = models.ForeignKey(User, models.CASCADE, related_name="+")
    session = models.CharField(max_length=64)
    statement = models.JSONField()
    made_at = models.DateTimeField()


class Approval(models.Model):
    """One person's signature in one slot, on one digest; it can be withdrawn, never changed.

    `on_behalf_of`: the principal for whom a deputy signed, by `delegation`. `holder` is whose seat it is.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(Request, models.PROTECT, related_name="approvals")
    slot = models.PositiveSmallIntegerField()
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    on_behalf_of = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    delegation = models.ForeignKey(Delegation, models.PROTECT, null=True, related_name="+")
    holder = models.GeneratedField(
        expression=Coalesce("on_behalf_of", "person"), output_field=models.UUIDField(), db_persist=True
    )
    role = models.CharField(max_length=20)
    digest = models.CharField(max_length=71)
    method = models.CharField(max_length=20)
    weak = models.BooleanField()
    assertion = models.JSONField(null=True)
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
            models.UniqueConstraint(
                fields=["request", "holder"], condition=Q(withdrawn_at=None), name="one_seat_per_holder"
            ),
            models.CheckConstraint(
                condition=Q(method__in=["password", "totp", "passkey"]), name="signature_names_its_method"
            ),
            models.CheckConstraint(
                condition=Q(method="passkey", assertion__isnull=False)
                | (~Q(method="passkey") & Q(assertion__isnull=True)),
                name="passkey_leaves_its_assertion",
            ),
            models.CheckConstraint(
                condition=Q(method="password", weak=True) | (~Q(method="password") & Q(weak=False)),
                name="weak_is_a_password_alone",
            ),
            models.CheckConstraint(
                condition=Q(on_behalf_of=None, delegation=None)
                | Q(on_behalf_of__isnull=False, delegation__isnull=False),
                name="deputy_signs_by_a_delegation",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__gte=F("signed_at")),
                name="withdrawn_after_signed",
            ),
        ]
