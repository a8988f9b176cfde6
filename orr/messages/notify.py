"""Our notifier, a consumer of the event hub: what comes is received once, and a probe is acknowledged.

It believes an event of ours only where the outbox holds the very same one; whose answer to a probe it
believes is up to the broker, which lets in whom it knows.
"""

import logging
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from orr.events import envelope, hub
from orr.events.models import Outgoing
from orr.events.vocabulary import HubEvent
from orr.lib import clock
from orr.lib.errors import OrrError
from orr.lib.sentence import say
from orr.messages.models import Acknowledgement, Receipt

logger = logging.getLogger(__name__)

OWN = "notifier"
BATCH = 50
AT_ONCE = 1000
# One reader at a time, so that the events of one subject are received in their order ("hub" in ASCII).
LOCK = 0x687562


class Refused(OrrError):
    """The message says something that is not so."""


def drain() -> int:
    """Receive what the hub holds for us; how many messages. Raises hub.Away; any number may run.

    Killed between our commit and the broker's, a message comes again and changes nothing.
    """
    if not hub.configured():
        return 0
    done = 0
    with hub.reading() as reader:
        while done < AT_ONCE and (taken := _batch(reader)):
            done += taken
    return done


def _batch(reader: hub.Reader) -> int:
    with transaction.atomic():
        if not _alone():
            return 0
        messages, rejected = reader.take(BATCH)
        for message in messages:
            receive(message.body)
    for message in messages:
        message.ack()
    return len(messages) + rejected


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def receive(message: bytes) -> bool:
    """Record one message, in the caller's transaction; False where it is refused, which the log says."""
    try:
        event = envelope.read(message)
        if event["type"] == HubEvent.PROBE_ACK:
            _answered(event["data"])
        else:
            _received(event)
    except (envelope.Unreadable, Refused) as refusal:
        logger.warning("a message of the event hub is refused: %s", refusal)
        return False
    return True


def _received(event: dict[str, Any]) -> None:
    row = _ours(event["id"])
    if row is None or row.envelope != event:
        raise Refused(say("It is no event that this installation wrote."))
    Receipt.objects.get_or_create(event=row, defaults={"received_at": clock.now()})
    if row.type == HubEvent.PROBE:
        _acknowledged(row, OWN)


def _answered(data: dict[str, Any]) -> None:
    row = _ours(data["probe"])
    if row is None or row.type != HubEvent.PROBE:
        raise Refused(say("It answers a probe that nobody sent."))
    if data["consumer"] == OWN:
        raise Refused(say("It answers in our own notifier's name."))
    _acknowledged(row, data["consumer"])


def _acknowledged(probe: Outgoing, consumer: str) -> None:
    Acknowledgement.objects.get_or_create(probe=probe, consumer=consumer, defaults={"at": clock.now()})


def _ours(event_id: str) -> Outgoing | None:
    try:
        wanted = UUID(event_id)
    except ValueError:
        return None
    return Outgoing.objects.filter(event_id=wanted).first()
