"""Writing to the outbox: in the act's own transaction, so that act and event stand or fall together."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from orr.events import envelope, tasks
from orr.events.models import Outgoing
from orr.events.vocabulary import HubEvent
from orr.lib import clock


def put(event: HubEvent, *, subject: str, key: str, data: Mapping[str, Any], wake: bool = True) -> Outgoing:
    """Write the event for the relay; what is said already, by its `key`, is returned as it stands.

    `data`: as the event's schema in `published/` says, ids and never names. `wake`: ask a worker to send it
    once the act is kept. Raises TransactionManagementError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("an act and its event are written in one transaction")
    row, made = Outgoing.objects.get_or_create(key=key, defaults=_content(event, subject, data))
    if made and wake:
        transaction.on_commit(tasks.wake, robust=True)
    return row


def _content(event: HubEvent, subject: str, data: Mapping[str, Any]) -> dict[str, Any]:
    at, event_id = clock.now(), uuid4()
    whole = envelope.build(
        event, event_id=event_id, source=settings.PUBLIC_URL, subject=subject, at=at, data=data
    )
    return {
        "event_id": event_id, "type": event.value, "subject": subject, "envelope": whole,
        "recorded_at": at, "due_at": at,
    }  # fmt: skip
