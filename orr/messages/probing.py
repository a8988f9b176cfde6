"""Asking over the hub whether anybody listens: a probe event, and who acknowledged it."""

import logging
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from orr.events import outbox
from orr.events.envelope import rfc3339
from orr.events.hub import told
from orr.events.models import Outgoing
from orr.events.vocabulary import HubEvent
from orr.lib import clock
from orr.messages import tasks
from orr.messages.models import Acknowledgement

logger = logging.getLogger(__name__)


def consumer() -> str:
    """Whose acknowledgement counts: our own notifier's, unless the settings name an outside consumer."""
    return settings.EVENT_HUB_CONSUMER


@transaction.atomic
def ask(seconds: float) -> Outgoing:
    """Write a probe that is to be acknowledged within so many seconds; it waits behind no other event."""
    number = uuid4()
    data = {
        "acknowledge_by": rfc3339(clock.now() + timedelta(seconds=seconds)),
        "answer_type": HubEvent.PROBE_ACK.value,
    }
    name = f"probe/{number}"
    return outbox.put(HubEvent.PROBE, subject=name, key=name, data=data, wake=False)


def listen() -> None:
    """Wake our notifier; where that reaches no worker, its sweep reads the queue a moment later."""
    try:
        tasks.wake()
    except OperationalError as away:
        logger.warning("our notifier was not woken: %s", told(away))


def answer(probe: Outgoing) -> Acknowledgement | None:
    """The acknowledgement of this very probe by the consumer that counts, before the probe's deadline."""
    deadline = datetime.fromisoformat(probe.envelope["data"]["acknowledge_by"])
    return Acknowledgement.objects.filter(probe=probe, consumer=consumer(), at__lt=deadline).first()
