"""A run of keys (an Exit, or its rehearsal), its keys and every attempt; the database holds the laws.

The triggers stand in `migrations/0002_laws_of_a_run.py`: what has ended stays as it ended.
"""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from orr.lib.sentence import SentenceField
from orr.reviews.models import Review

EXIT_SECONDS = 300


class Mode(models.TextChoices):
    """The same engine drives both."""

    EXIT = "exit"
    REHEARSAL = "rehearsal"


class RunState(models.TextChoices):
    """`running` until it ended, in one of the other ways, once."""

    RUNNING = "running"
    DONE = "done"
    NOT_RECOVERED = "not_recovered"
    PARTIAL = "partial"
    FAILED = "failed"


class KeyState(models.TextChoices):
    """`waiting` and `running` are open; only `proven` is success."""

    WAITING = "waiting"
    RUNNING = "running"
    PROVEN = "proven"
    CONFLICT = "conflict"
    FAILED = "failed"
    UNKNOWN = "unknown"
    BLOCKED = "blocked"


OPEN_KEYS = (KeyState.WAITING.value, KeyState.RUNNING.value)


class Leg(models.TextChoices):
    """An Exit only goes back; a rehearsal goes forward first, so that there is something to take back."""

    FORWARD = "forward"
    BACK = "back"


class Run(models.Model):
    """One Exit or rehearsal; its keys are committed with it, before anything is sent.

    `driven_until` is the lease of the process that drives it. `recovery`: what the core metrics read after
    the last proven key.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    mode = models.CharField(max_length=10, choices=Mode)
    review = models.ForeignKey(Review, models.PROTECT, related_name="runs")
    state = models.CharField(max_length=14, choices=RunState, default=RunState.RUNNING)
    plan = models.JSONField()
    plan_digest = models.CharField(max_length=71)
    item_digests = ArrayField(models.CharField(max_length=71), default=list)
    started_at = models.DateTimeField()
    deadline = models.DateTimeField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.TextField(blank=True, max_length=2000)
    driven_by = models.CharField(max_length=120, blank=True)
    driven_until = models.DateTimeField(null=True)
    recovery = models.JSONField(default=dict)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["review", "mode"], condition=Q(state="running"), name="one_live_run_per_review"
            ),
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="run_state_is_known"),
            models.CheckConstraint(condition=Q(mode__in=Mode.values), name="run_mode_is_known"),
            models.CheckConstraint(
                condition=Q(state="running", ended_at=None)
                | (~Q(state="running") & Q(ended_at__isnull=False)),
                name="run_ended_when_not_running",
            ),
            models.CheckConstraint(
                condition=Q(mode="rehearsal") | Q(deadline=F("started_at") + timedelta(seconds=EXIT_SECONDS)),
                name="exit_has_five_minutes",
            ),
            models.CheckConstraint(condition=Q(deadline__gt=F("started_at")), name="run_ends_after_start"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["review", "mode", "-started_at"], name="run_latest_of_review"),
            models.Index(fields=["state"], condition=Q(state="running"), name="run_running"),
        ]


class Key(models.Model):
    """One rollback key of a run: what is wanted where, what may stand there before, how far it got.

    `expected` null means: whatever the target reads first (data paths; shadow targets). `claim` is the
    attempt that holds the key until `lease_until`; a reply of any other attempt is late, changes nothing.
    """

    run = models.ForeignKey(Run, models.PROTECT, related_name="keys")
    leg = models.CharField(max_length=8, choices=Leg, default=Leg.BACK)
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=450)
    kind = models.CharField(max_length=20)
    phase = models.PositiveSmallIntegerField()
    item = models.CharField(max_length=200, blank=True)
    driver = models.CharField(max_length=200, blank=True)
    target = models.CharField(max_length=200)
    desired = models.CharField(max_length=500)
    expected = ArrayField(models.CharField(max_length=500), null=True)
    after = ArrayField(models.CharField(max_length=450), default=list)
    timeout = models.PositiveSmallIntegerField()
    in_clock = models.BooleanField()
    idempotency_key = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=KeyState, default=KeyState.WAITING)
    claim = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(db_default=Now())
    first_claimed_at = models.DateTimeField(null=True)
    first_sent_at = models.DateTimeField(null=True)
    observed_before = models.CharField(max_length=500, null=True)
    current = models.CharField(max_length=500, null=True)
    reason = SentenceField(null=True)
    proof_sha256 = models.CharField(max_length=64, blank=True)
    proven_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["run", "leg", "name"], name="one_key_of_a_name_per_leg"),
            models.UniqueConstraint(fields=["run", "position"], name="one_key_per_position"),
            models.UniqueConstraint(fields=["idempotency_key"], name="idempotency_key_is_one_order"),
            models.UniqueConstraint(
                fields=["target"], condition=Q(state="running"), name="one_key_at_work_per_target"
            ),
            models.CheckConstraint(condition=Q(state__in=KeyState.values), name="key_state_is_known"),
            models.CheckConstraint(
                condition=Q(state="proven", proven_at__isnull=False, proof_sha256__regex=r"^[0-9a-f]{64}$")
                | (~Q(state="proven") & Q(proven_at=None)),
                name="key_proven_with_its_proof",
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN_KEYS, ended_at=None)
                | (~Q(state__in=OPEN_KEYS) & Q(ended_at__isnull=False)),
                name="key_ended_when_not_open",
            ),
            models.CheckConstraint(
                condition=Q(state="running", claim__isnull=False, lease_until__isnull=False)
                | (~Q(state="running") & Q(claim=None, lease_until=None)),
                name="key_at_work_has_claim_and_lease",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["target"], condition=Q(state__in=OPEN_KEYS), name="key_open_at_target"),
        ]


class Outcome(models.TextChoices):
    """How an attempt ended. `lost`: its lease ran out. `late`: it answered after that."""

    OPEN = "open"
    PROVEN = "proven"
    CONFLICT = "conflict"
    RETRY = "retry"
    UNKNOWN = "unknown"
    LOST = "lost"
    LATE = "late"


class Attempt(models.Model):
    """One try at one key; `sent_at` is written before the order goes out, `raw` is the answer read back."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.ForeignKey(Key, models.PROTECT, related_name="tries")
    number = models.PositiveIntegerField()
    worker = models.CharField(max_length=120)
    started_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.OPEN)
    current = models.CharField(max_length=500, null=True)
    raw = models.BinaryField(null=True)
    reason = SentenceField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["key", "number"], name="attempts_are_numbered"),
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="outcome_is_known"),
            models.CheckConstraint(
                condition=Q(outcome="open", ended_at=None) | (~Q(outcome="open") & Q(ended_at__isnull=False)),
                name="attempt_ended_when_not_open",
            ),
        ]
