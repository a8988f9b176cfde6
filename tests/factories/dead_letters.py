"""An event that the broker refused too often."""

from django.db import transaction

from orr.events import outbox
from orr.events.models import Outgoing
from orr.events.relay import REFUSALS
from orr.events.vocabulary import HubEvent
from orr.lib import clock
from orr.lib.sentence import say


@transaction.atomic
def dead_letter(subject: str, key: str = "dead") -> Outgoing:
    """A dead letter of that subject, as the relay leaves it."""
    row = outbox.put(HubEvent.PROBE, subject=subject, key=f"{subject}:{key}", data={}, wake=False)
    row.tries = row.refused = REFUSALS
    row.dead_at, row.why = clock.now(), say("The event hub refused it: %(why)s.", why="too large")
    row.save()
    return row
