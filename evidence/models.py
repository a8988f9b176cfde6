"""Evidence as rows that never change, the raw answers by hash, and the collections that asked for them.

The triggers that refuse UPDATE, DELETE and TRUNCATE stand in `migrations/0002_append_only.py`; the
one that holds carried evidence to what it was, in `migrations/0003_carried_evidence.py`.
"""

import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from evidence.verdict import Measured, Verdict
from orr.lib.sentence import SentenceField

# How the collector of a pushed result is named: this, and its format.
PUSHED = "push "


class Blob(models.Model):
    """Bytes by their SHA-256: raw answers, pushed results, attached files."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    data = models.BinaryField()
    media_type = models.CharField(max_length=100)
    kept_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="blob_is_named_by_hash"
            ),
        ]

    def __str__(self) -> str:
        return self.sha256


class Outcome(models.TextChoices):
    """A reading, a silent source, a statement taken back, or what is reviewed lacks what it takes to ask.

    A part is half of what its item asks for: it counts within the reading of a source, never alone.
    """

    READING = "reading"
    ERROR = "error"
    WITHDRAWN = "withdrawn"
    LACKING = "lacking"
    PART = "part"


class Evidence(models.Model):
    """One attempt to know one item. `judged`, `comparator`, `threshold`: as they stood at that moment.

    `attested_by`: whose word it is; `pushed_by`: who sent the result, or whose token did.
    `carried_from`: the subject for which it was measured, where that is another; empty for its own.
    `holds_until`: where what it tells of (a backup, a page) gets too old before the reading does.
    `links`: label and address of each place beside `url` where a person sees more.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.CharField(max_length=64)
    item = models.CharField(max_length=8)
    outcome = models.CharField(max_length=10, choices=Outcome)
    value = models.FloatField(null=True)
    passed = models.BooleanField(null=True)
    text = models.CharField(max_length=200, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    samples = models.BigIntegerField(null=True)
    measured_on = models.CharField(max_length=10, blank=True)
    measured_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    query = models.TextField(blank=True)
    source = models.CharField(max_length=100, blank=True)
    collector = models.CharField(max_length=100)
    url = models.CharField(max_length=2000, blank=True)
    raw = models.ForeignKey(Blob, models.PROTECT, null=True, db_column="raw_sha256", related_name="+")
    reason = SentenceField(null=True)
    binds_to = models.CharField(max_length=12)
    bound_digest = models.CharField(max_length=80)
    judged = models.CharField(max_length=14)
    comparator = models.CharField(max_length=4)
    threshold = models.FloatField(null=True)
    attested_by = models.UUIDField(null=True)
    pushed_by = models.UUIDField(null=True)
    attested_role = models.CharField(max_length=20, blank=True)
    statement = models.TextField(blank=True, max_length=2000)
    carried_from = models.CharField(max_length=64, blank=True, default="", db_default="")
    holds_until = models.DateTimeField(null=True)
    links = models.JSONField(default=list, db_default=[])

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["subject", "item", "-measured_at", "-recorded_at"], name="evidence_latest"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="evidence_outcome_is_known"),
            models.CheckConstraint(condition=Q(judged__in=list(Verdict)), name="evidence_verdict_is_known"),
            models.CheckConstraint(
                condition=~Q(judged="green")
                | Q(outcome="reading", passed__isnull=False, passed=True)
                | Q(outcome="reading", passed=None, value__isnull=False, threshold__isnull=False),
                name="unknown_is_never_green",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="error") | Q(value=None, passed=None, reason__isnull=False),
                name="an_error_says_why_and_nothing_else",
            ),
            models.CheckConstraint(
                condition=Q(attested_by=None, attested_role="", statement="")
                | (Q(attested_by__isnull=False) & ~Q(attested_role="") & ~Q(statement="")),
                name="a_statement_has_person_role_and_words",
            ),
            models.CheckConstraint(
                condition=Q(collector__startswith=PUSHED, pushed_by__isnull=False)
                | (~Q(collector__startswith=PUSHED) & Q(pushed_by=None)),
                name="a_pushed_result_names_who_sent_it",
            ),
            models.CheckConstraint(
                condition=Q(carried_from="")
                | (~Q(carried_from=F("subject")) & Q(outcome__in=("reading", "part"))),
                name="carried_is_a_reading_of_another",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="part")
                | Q(passed__isnull=False, passed=True, collector__startswith=PUSHED),
                name="a_part_is_a_pushed_result_that_passed",
            ),
            models.CheckConstraint(
                condition=Q(holds_until=None, links=[]) | Q(outcome="reading"),
                name="only_a_reading_holds_and_links",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.item} {self.judged}"

    @property
    def raw_sha256(self) -> str | None:
        """The SHA-256 (hex) of the raw answer, without reading it."""
        return self.raw_id

    @property
    def raw_sha256_id(self) -> str | None:
        """The same, by the name of the column."""
        return self.raw_id

    @property
    def at(self) -> datetime:
        """When it was measured."""
        return self.measured_at

    @property
    def measured(self) -> Measured:
        """The stored reading, as far as it is judged."""
        return Measured(
            outcome=Outcome(self.outcome).value,  # type: ignore[arg-type]
            measured_at=self.measured_at,
            value=self.value,
            passed=self.passed,
            samples=self.samples,
            measured_on=self.measured_on or None,
            unit=self.unit,
            reason=self.reason,
            attested=self.attested_by is not None,
            holds_until=self.holds_until,
        )


class Collection(models.Model):
    """One round of asking: the facts and rules it was asked with, and which items."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.CharField(max_length=64)
    facts = models.JSONField()
    rules = models.JSONField()
    actor = models.UUIDField(null=True)
    requested_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["subject", "-requested_at"], name="collection_latest"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(started_at__isnull=False), name="finished_was_started"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.requested_at:%Y-%m-%dT%H:%M:%S}"


class CollectionItem(models.Model):
    """One item of a collection: begun, and done whatever came of it."""

    collection = models.ForeignKey(Collection, models.CASCADE, related_name="items")
    item = models.CharField(max_length=8)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["item"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["collection", "item"], name="one_row_per_item"),
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(finished_at__gte=F("started_at")),
                name="item_finished_after_started",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.collection_id} {self.item}"


class Watch(models.Model):
    """A subject that is asked again by itself: when next, and the collection that said how."""

    subject = models.CharField(primary_key=True, max_length=64)
    collection = models.ForeignKey(Collection, models.CASCADE, related_name="+")
    due_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.subject} {self.due_at:%Y-%m-%dT%H:%M:%S}"
