"""The versions of each profile's policy: which one is in force, which one waits, and which ones were.

The triggers stand in `migrations/0002_laws_of_policies.py`: who writes past the actions meets them too.
"""

import json
import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from approvals.models import Request
from orr.accounts.models import User
from orr.lib.sentence import SentenceField
from orr.policies.service_modes import ServiceMode as ServiceMode
from orr.profiles.schema import Profile

LONGEST_NAME = 57  # `POLICY-` and the name are a stream of the log, which has 64 characters


class State(models.TextChoices):
    """`in_force` is the one that reviews use; `proposed` waits; all others are over."""

    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"
    PROPOSED = "proposed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    VOID = "void"
    EXPIRED = "expired"


class Origin(models.TextChoices):
    """How a version came: at set-up, from a file that is nowhere weaker, or by its own approval."""

    SET_UP = "set_up"
    FILE = "file"
    PROPOSAL = "proposal"


ADOPTED = (State.IN_FORCE, State.SUPERSEDED)


class PolicyVersion(models.Model):
    """One version of one profile: its canonical bytes (RFC 8785) and their digest, which reviews pin.

    `governed_by`: the digest of the version whose slots, timelock and deadline a proposal follows.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=LONGEST_NAME)
    digest = models.CharField(max_length=71)
    body = models.BinaryField()
    state = models.CharField(max_length=10, choices=State)
    origin = models.CharField(max_length=8, choices=Origin)
    from_digest = models.CharField(max_length=71, blank=True)
    governed_by = models.CharField(max_length=71, blank=True)
    made_at = models.DateTimeField(db_default=Now())
    adopted_at = models.DateTimeField(null=True)
    proposed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True, max_length=2000)
    request = models.OneToOneField(Request, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_reason = SentenceField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(state="in_force"), name="one_policy_in_force_per_name"
            ),
            models.UniqueConstraint(
                fields=["name"], condition=Q(state="proposed"), name="one_policy_proposed_per_name"
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="policy_state_is_known"),
            models.CheckConstraint(
                condition=Q(name__regex=r"^[a-z0-9][a-z0-9-]*$"), name="policy_name_is_a_file_name"
            ),
            models.CheckConstraint(
                condition=Q(state__in=ADOPTED, adopted_at__isnull=False)
                | (~Q(state__in=ADOPTED) & Q(adopted_at=None)),
                name="policy_adopted_when_it_counted",
            ),
            models.CheckConstraint(
                condition=Q(origin="proposal", request__isnull=False, proposed_by__isnull=False)
                & ~Q(governed_by="")
                & ~Q(reason="")
                | Q(origin__in=["set_up", "file"], request=None, proposed_by=None, state__in=ADOPTED),
                name="policy_waits_with_its_request",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["name", "-made_at"], name="policy_by_name"),
        ]

    @property
    def profile(self) -> Profile:
        """The profile of these bytes. Raises ValueError where they are no profile of today."""
        return Profile.model_validate(json.loads(bytes(self.body)))

    @property
    def stream(self) -> str:
        """Where the log keeps what happens to this policy."""
        return stream_of(self.name)


def stream_of(name: str) -> str:
    """The log's stream of a policy: `POLICY-standard`."""
    return f"POLICY-{name}"
