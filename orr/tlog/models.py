"""The log's tables; rows come in only through the database's own functions and never change.

`0002_insert_only` makes the functions and triggers and gives the tables to a role that cannot log in.
"""

from django.db import models


class Pending(models.Model):
    """The outbox: an entry written with its act, waiting for its index. It leaves only into `Entry`."""

    review = models.CharField(max_length=64)
    seq = models.IntegerField()
    kind = models.CharField(max_length=64)
    at = models.DateTimeField()
    data = models.BinaryField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["review", "seq"], name="tlog_pending_review_seq")]

    def __str__(self) -> str:
        return f"{self.review} {self.seq} {self.kind}"


class Entry(models.Model):
    """A leaf: its index from 0, the exact bytes of its canonical JSON, their leaf hash."""

    idx = models.BigIntegerField(primary_key=True)
    review = models.CharField(max_length=64)
    seq = models.IntegerField()
    kind = models.CharField(max_length=64)
    at = models.DateTimeField()
    data = models.BinaryField()
    leaf_hash = models.BinaryField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["review", "seq"], name="tlog_entry_review_seq")]

    def __str__(self) -> str:
        return f"{self.idx} {self.review} {self.seq} {self.kind}"


class Node(models.Model):
    """The hash over a complete subtree of `2**level` leaves, level 1 and up."""

    pk = models.CompositePrimaryKey("level", "pos")
    level = models.SmallIntegerField()
    pos = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.level}/{self.pos}"


class Checkpoint(models.Model):
    """A size the log was signed at, the root over it, and the signed note."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField()
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.size}"


class ActorSalt(models.Model):
    """A random salt per actor, so that an entry names its actor only to who holds the salt."""

    actor = models.CharField(max_length=64, primary_key=True)
    salt = models.BinaryField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.actor
