"""The files of a change set's items: sent beforehand, kept once by their hash, and who sent them when."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from evidence import record
from evidence.contract import Unavailable
from orr.accounts import roles
from orr.accounts.models import User
from orr.changes.models import SentFile
from orr.lib import clock
from orr.lib.canonical import sha256_hex
from orr.lib.errors import Malformed, TooLarge, TooMany
from orr.lib.sentence import Sentence, say

MOST_BYTES = 1024 * 1024
# What one person may send within a day, so that nobody fills the disk with a token.
MOST_BYTES_A_DAY = 256 * 1024 * 1024
MEDIA_TYPE = "application/octet-stream"


@dataclass(frozen=True)
class Named:
    """A file as an item of a change set names it."""

    kind: str
    item: str
    name: str
    sha256: str


@dataclass(frozen=True)
class Kept:
    """A named file that was sent: its bytes, and who sent them first and when."""

    named: Named
    data: bytes
    sender: UUID
    sent_at: datetime

    def as_json(self) -> dict[str, str]:
        """What is kept of it beside the reading: everything but its bytes."""
        return {**vars(self.named), "sent_by": str(self.sender), "sent_at": self.sent_at.isoformat()}


@transaction.atomic
def keep(*, data: bytes, actor: User) -> SentFile:
    """Keep the bytes; sending them again changes nothing. Raises Malformed, NotAllowed, TooLarge, TooMany."""
    roles.require(actor, *sorted(roles.ACTING_ROLES))
    if not data:
        raise Malformed(say("The body is empty; it has to be the file itself."))
    if len(data) > MOST_BYTES:
        raise TooLarge(say("A file has at most %(n)s bytes.", n=MOST_BYTES))
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    now = clock.now()
    record.keep(data, MEDIA_TYPE)
    sha256 = sha256_hex(data)
    sent = SentFile.objects.filter(blob=sha256, sender=actor).first()
    if sent is not None:
        return sent
    today = SentFile.objects.filter(sender=actor, sent_at__gt=now - timedelta(days=1))
    if (today.aggregate(all=Sum("size"))["all"] or 0) + len(data) > MOST_BYTES_A_DAY:
        raise TooMany(say("A person sends at most %(n)s bytes of files in a day.", n=MOST_BYTES_A_DAY))
    return SentFile.objects.create(blob_id=sha256, sender=actor, size=len(data), sent_at=now)


def named(change_set: Mapping[str, Any]) -> list[Named]:
    """Every file that an item of the change set names, in its order (pure)."""
    return [
        Named(item["kind"], item["name"], file["name"], file["sha256"])
        for item in change_set["items"]
        for file in item.get("files") or ()
    ]


def missing(wanted: Iterable[Named]) -> list[Named]:
    """The named files that nobody has sent; bytes that came in on another way were not sent."""
    asked = list(wanted)
    hashes = {one.sha256 for one in asked}
    there = set(SentFile.objects.filter(blob__in=hashes).values_list("blob_id", flat=True))
    return [one for one in asked if one.sha256 not in there]


def in_time(until: float) -> None:
    """Raise Unavailable after `until` (`time.monotonic`), so that no change set holds a worker for long."""
    if time.monotonic() > until:
        raise Unavailable(say("The files of this change set are too many to be read in time."))


def read(one: Named, *, until: float) -> Kept | None:
    """The bytes of a named file, None where nobody has sent it. Raises Unavailable, as `in_time`."""
    in_time(until)
    sent = SentFile.objects.filter(blob=one.sha256).select_related("blob").order_by("sent_at", "pk").first()
    return None if sent is None else Kept(one, bytes(sent.blob.data), sent.sender_id, sent.sent_at)


def is_flyway(name: str) -> bool:
    """Whether a file is what Flyway says of its migrations: JSON, and named after it."""
    return name.lower().endswith(".json") and "flyway" in name.lower()


def not_sent(one: Named) -> Sentence:
    """That an item waits for a file."""
    return say("The file %(file)s of %(item)s was not sent yet.", file=one.name, item=one.item)


def of_file(one: Named, what: Sentence) -> Sentence:
    """What is wrong with a file, with its name before it."""
    return say("%(file)s of %(item)s: %(what)s", file=one.name, item=one.item, what=what)
