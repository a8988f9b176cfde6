"""Change sets as they were sent, with the canonical bytes their digest is of."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models.functions import Now

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
