"""Deliveries that had an effect, what was opened for them, who waits for an answer, and the answers' outbox.

The database holds the laws: a delivery counts once, a release opens one review, an answer is decided once,
and what was sent or given up stays so (triggers in `migrations/0002_laws_of_answering.py`).
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from orr.lib.sentence import SentenceField
from orr.reviews.models import Review
from orr.sources.hooks import PATH


class Delivery(models.Model):
    """A delivery that had an effect, by its sender's own id: the second one with it has none."""

    hook = models.CharField(max_length=60)
    delivery = models.CharField(max_length=200)
    event = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    review = models.ForeignKey(Review, models.PROTECT, related_name="deliveries")
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["hook", "delivery"], name="a_delivery_counts_once"),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="a_delivery_has_its_hash"
            ),
        ]


class Opening(models.Model):
    """The review that a release, a commit or a change set of one sender opened: one for each.

    `stated` is the commit that the sender named with it, empty where it named none. `commit` is empty until
    it is known, and never another one afterwards.
    """

    hook = models.CharField(max_length=60)
    repository = models.CharField(max_length=200, blank=True)
    version = models.CharField(max_length=255)
    environment = models.CharField(max_length=60)
    stated = models.CharField(max_length=64, blank=True)
    commit = models.CharField(max_length=64, blank=True)
    review = models.OneToOneField(Review, models.PROTECT, related_name="opening")
    opened_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["hook", "repository", "version", "environment", "stated"],
                name="one_review_per_release",
            ),
            models.CheckConstraint(
                condition=Q(commit="") | Q(commit__regex=r"^[0-9a-f]{40}([0-9a-f]{24})?$"),
                name="opening_of_a_whole_commit",
            ),
            models.CheckConstraint(
                condition=Q(stated="") | Q(stated=models.F("commit")), name="opening_of_the_stated_commit"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["hook", "repository", "environment", "commit"], name="opening_by_commit")
        ]


class Kind(models.TextChoices):
    """What a platform is answered with."""

    GITHUB_RULE = "github_rule"
    GITLAB_APPROVAL = "gitlab_approval"


class Ask(models.Model):
    """A deployment of a platform that waits for the decision of a review; asked twice it is one."""

    hook = models.CharField(max_length=60)
    source = models.CharField(max_length=60)
    kind = models.CharField(max_length=20, choices=Kind)
    review = models.ForeignKey(Review, models.PROTECT, related_name="asks")
    repository = models.CharField(max_length=200)
    project = models.CharField(max_length=20, blank=True)
    environment = models.CharField(max_length=200)
    number = models.CharField(max_length=20)
    # Which deployment of the run; empty where the number is the deployment's own.
    deployment = models.CharField(max_length=20, blank=True, default="")
    installation = models.CharField(max_length=20, blank=True)
    commit = models.CharField(max_length=64)
    # What the review has to be about for its decision to be this deployment's.
    item = models.CharField(max_length=200)
    version = models.CharField(max_length=255)
    # Our environment; empty in rows from before it was kept.
    here = models.CharField(max_length=60, blank=True, default="")
    asked_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["source", "kind", "repository", "number", "environment", "deployment"],
                name="a_deployment_asks_once",
            ),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="ask_of_a_known_kind"),
            models.CheckConstraint(condition=Q(repository__regex=PATH), name="ask_of_a_repository"),
            models.CheckConstraint(condition=Q(number__regex=r"^[0-9]{1,20}$"), name="ask_has_a_number"),
            models.CheckConstraint(
                condition=Q(deployment__regex=r"^[0-9]{0,20}$"), name="ask_names_its_deployment"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["review"], name="asks_of_a_review")]


class AnswerState(models.TextChoices):
    """`waiting` until the platform took it, or until there is no sense in trying again."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Answer(models.Model):
    """What a platform is answered: written with the act that decided it, sent after that was committed.

    `lease_until`: a sender is at it. `reason` says why the last try did not succeed.
    """

    ask = models.OneToOneField(Ask, models.PROTECT, related_name="answer")
    approved = models.BooleanField()
    why = SentenceField()
    decided_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=AnswerState, default=AnswerState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True)
    reason = SentenceField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(state__in=AnswerState.values), name="answer_state_is_known"),
            models.CheckConstraint(
                condition=Q(state="waiting", ended_at=None)
                | (~Q(state="waiting") & Q(ended_at__isnull=False, lease_until=None)),
                name="answer_ended_when_not_waiting",
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | Q(reason__isnull=False), name="a_failed_answer_says_why"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["next_at"], condition=Q(state="waiting"), name="answers_to_send")
        ]


class Refusals(models.Model):
    """How many deliveries under a configured hook were signed wrongly or not at all; that alone is kept."""

    hook = models.CharField(primary_key=True, max_length=60)
    count = models.PositiveBigIntegerField(default=0)
    last_at = models.DateTimeField(db_default=Now())
