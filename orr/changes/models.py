"""Change sets as they were sent with the canonical bytes of their digest, and the files of their items."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from evidence.models import Blob
from orr.lib.canonical import PREFIX, canonical_bytes, sha256_hex


class ChangeSet(models.Model):
    """One change set; never changed, an edit makes a new row."""

    digest = models.CharField(max_length=71)
    body = models.JSONField()
    canonical = models.BinaryField()
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["digest"], name="change_set_digest")]

    @classmethod
    def keep(cls, body: dict[str, Any]) -> Self:
        """Store the change set with its canonical bytes (RFC 8785) and their digest."""
        canonical = canonical_bytes(body)
        return cls.objects.create(body=body, canonical=canonical, digest=PREFIX + sha256_hex(canonical))

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of its items."""
        return frozenset(item["kind"] for item in self.body["items"])

    @property
    def item_digests(self) -> list[str]:
        """The digests of what is to come, sorted."""
        found = {item["to"].get("digest") for item in self.body["items"]}
        return sorted(digest for digest in found if digest)


class SentFile(models.Model):
    """That a person sent these bytes for an item; the bytes themselves are kept once, by their hash."""

    blob = models.ForeignKey(Blob, models.PROTECT, db_column="sha256", related_name="+")
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    size = models.PositiveIntegerField()
    sent_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["sender", "-sent_at"], name="sent_file_by_sender")
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["blob", "sender"], name="file_once_per_sender"),
            models.CheckConstraint(condition=models.Q(size__gt=0), name="no_empty_file"),
        ]
