"""Dead letters: an administrator has one sent again, with its id as it was; logged."""

from uuid import UUID

from django.db import transaction

from orr.accounts import roles
from orr.accounts.models import Role, User
from orr.events import tasks
from orr.events.models import Outgoing
from orr.lib import clock
from orr.lib.canonical import digest
from orr.lib.errors import Conflict, NotFound
from orr.lib.sentence import say
from orr.messages.models import SentAgain
from orr.tlog import log

# The stream of the log in which it stands; no review can have this name.
STREAM = "EVENTS"


@transaction.atomic
def send_again(*, event_id: UUID, actor: User) -> Outgoing:
    """Let the relay try the dead letter again. Raises NotAllowed, NotFound; Conflict where it is none."""
    roles.require(actor, Role.ADMIN)
    row = Outgoing.objects.select_for_update().filter(event_id=event_id).first()
    if row is None:
        raise NotFound(say("There is no such event."))
    if row.dead_at is None:
        raise Conflict(say("This event is no dead letter: it was sent, or is tried by itself."))
    row.dead_at, row.due_at = None, clock.now()
    row.save(update_fields=["dead_at", "due_at"])
    SentAgain.objects.create(event=row, by=actor)
    log.append(
        kind="event.sent_again",
        review=STREAM,
        artefacts={"event": digest(row.envelope)},
        actor=str(actor.pk),
    )
    transaction.on_commit(tasks.wake, robust=True)
    return row
