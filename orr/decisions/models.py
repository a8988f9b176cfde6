"""Proposals and decisions; the database holds what may become of them (migration 0002)."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from approvals.models import Request
from approvals.models import State as RequestState
from orr.accounts.models import User
from orr.decisions.rca_models import Rca as Rca
from orr.decisions.rca_models import RcaReturn as RcaReturn
from orr.decisions.rca_models import RcaRevision as RcaRevision
from orr.lib.sentence import SentenceField
from orr.reviews.models import Review


class Proposal(models.Model):
    """A decision put to the approvers: read-only, digest over everything it binds; ends with its request."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="proposals")
    number = models.PositiveIntegerField()
    decision = models.CharField(max_length=16)
    guards = models.JSONField()
    answered = models.JSONField()
    payload = models.BinaryField()
    digest = models.CharField(max_length=71, unique=True)
    snapshot = models.JSONField()
    reason = models.TextField(blank=True, max_length=2000)
    # The items passed by name; None for a proposal that is no break-glass.
    break_glass = ArrayField(models.CharField(max_length=4), null=True)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    approve_by = models.DateTimeField()
    valid_until = models.DateTimeField()
    request = models.OneToOneField(Request, models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=RequestState, default=RequestState.OPEN)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_reason = SentenceField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["review", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["review", "number"], name="proposals_are_numbered"),
            models.UniqueConstraint(
                fields=["review"], condition=Q(state="open"), name="one_live_proposal_per_review"
            ),
            models.CheckConstraint(
                condition=Q(decision__in=["go", "go_with_guards"]), name="only_go_is_proposed"
            ),
            models.CheckConstraint(
                condition=Q(proposed_at__lt=F("approve_by")) & Q(approve_by__lte=F("valid_until")),
                name="proposal_times_in_order",
            ),
            models.CheckConstraint(
                condition=~Q(decision="go_with_guards") | ~Q(guards=[]), name="guarded_go_has_guards"
            ),
            models.CheckConstraint(
                condition=Q(break_glass=None) | ~Q(reason=""), name="break_glass_says_why"
            ),
        ]


class Decision(models.Model):
    """What took effect, once per review: Go on exactly one signed proposal, or No-Go by one person."""

    review = models.OneToOneField(Review, models.PROTECT, related_name="decision")
    proposal = models.OneToOneField(Proposal, models.PROTECT, null=True, related_name="effect")
    decision = models.CharField(max_length=16)
    effective_at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    reason = models.TextField(blank=True, max_length=2000)
    rca_due_at = models.DateTimeField(null=True)
    payload = models.BinaryField()
    digest = models.CharField(max_length=71)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(
                    decision="no_go",
                    proposal=None,
                    valid_until=None,
                    rca_due_at__isnull=False,
                    rca_due_at__gt=F("effective_at"),
                )
                | Q(
                    decision__in=["go", "go_with_guards"],
                    proposal__isnull=False,
                    valid_until__gt=F("effective_at"),
                    rca_due_at=None,
                ),
                name="no_go_has_an_rca_and_go_a_proposal",
            ),
        ]


class Debt(models.Model):
    """What a break-glass effect leaves to be done: a second look by `due_at`; written by the database."""

    decision = models.OneToOneField(Decision, models.PROTECT, related_name="debt")
    items = ArrayField(models.CharField(max_length=4))
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(due_at__gt=F("opened_at")), name="debt_is_due_after_it_opened"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-opened_at", "-id"], name="debt_latest_first"),
        ]


class SecondLook(models.Model):
    """What a person who had no part in a break-glass decision found when they looked again; never changed."""

    debt = models.OneToOneField(Debt, models.PROTECT, related_name="second_look")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    upheld = models.BooleanField()
    finding = models.TextField(max_length=2000)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(finding=""), name="a_second_look_has_a_finding"),
        ]
