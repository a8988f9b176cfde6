"""The relay: sends what waits in the outbox, at least once, each subject's events in their order."""

import logging
from datetime import timedelta
from enum import Enum

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from orr.events import hub
from orr.events.models import Outgoing
from orr.events.vocabulary import HubEvent
from orr.lib import clock
from orr.lib.sentence import Sentence

logger = logging.getLogger(__name__)

AT_ONCE = 500
# Refused so often by the broker itself, it is a dead letter. A broker that is away refuses nothing.
REFUSALS = 8
LONGEST_PAUSE = 60
PROBES_KEPT = timedelta(days=7)


class Outcome(Enum):
    """What became of one try."""

    NOTHING = "nothing is due"
    SENT = "sent"
    REFUSED = "refused"
    AWAY = "away"


def run(publisher: hub.Publisher | None = None) -> int:
    """Send what is due, until nothing is or the broker is away; how many were sent. Any number may run.

    Killed between the broker's receipt and our commit, an event is sent again, with the same id.
    """
    if not hub.configured() or not _due().exists():
        return 0
    sender = publisher or hub.Publisher()
    sent = 0
    try:
        for _ in range(AT_ONCE):
            outcome = _next(_due(), sender)
            sent += outcome is Outcome.SENT
            if outcome in (Outcome.NOTHING, Outcome.AWAY):
                break
    finally:
        sender.close()
    return sent


def send(row: Outgoing) -> Outcome:
    """Try this one event now; NOTHING where it is sent, where another relay holds it, or has to wait."""
    sender = hub.Publisher()
    try:
        return _next(_due().filter(pk=row.pk), sender)
    finally:
        sender.close()


def _due() -> QuerySet[Outgoing]:
    """What may be sent now: of each subject the first that waits, unless it is a dead letter or pauses."""
    waiting = Outgoing.objects.filter(sent_at=None)
    before = waiting.filter(subject=OuterRef("subject"), pk__lt=OuterRef("pk"))
    return waiting.filter(~Exists(before), dead_at=None, due_at__lte=clock.now()).order_by("pk")


def _next(due: QuerySet[Outgoing], sender: hub.Publisher) -> Outcome:
    """One event in one transaction: only its own row is held while the broker is asked."""
    with transaction.atomic():
        row = due.select_for_update(skip_locked=True, of=("self",)).first()
        if row is None:
            return Outcome.NOTHING
        row.tries += 1
        try:
            sender.publish(row)
        except hub.Away as away:
            _pause(row, away.sentence)
            return Outcome.AWAY
        except hub.Refused as refusal:
            row.refused += 1
            _bury(row, refusal.sentence)
            _pause(row, refusal.sentence)
            return Outcome.REFUSED
        row.sent_at, row.why = clock.now(), None
        row.save(update_fields=["tries", "sent_at", "why"])
    return Outcome.SENT


def _pause(row: Outgoing, why: Sentence) -> None:
    now = clock.now()
    row.why = why
    row.due_at = now + timedelta(seconds=min(2 ** min(row.tries, 10), LONGEST_PAUSE))
    row.save(update_fields=["tries", "refused", "why", "due_at", "dead_at"])


def _bury(row: Outgoing, why: Sentence) -> None:
    if row.refused % REFUSALS == 0:
        row.dead_at = clock.now()
        logger.error("event %s is a dead letter: %s", row.event_id, why)


def forget_probes() -> int:
    """Delete probes that are older than a week, with what answered them; what was ever refused stays."""
    long_ago = clock.now() - PROBES_KEPT
    old = Outgoing.objects.filter(type=HubEvent.PROBE.value, recorded_at__lt=long_ago, refused=0)
    return old.delete()[0]
