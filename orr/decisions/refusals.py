"""No-Go: recorded by one authorised person, in effect at once."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min

from approvals.models import State
from evidence.models import Evidence
from evidence.verdict import Verdict
from orr.accounts.models import User
from orr.decisions import eligibility, endings, record
from orr.decisions.models import Decision
from orr.decisions.proposals import seen
from orr.decisions.rca import WITHIN
from orr.decisions.rules import Choice
from orr.decisions.words import required
from orr.events.bus import publish
from orr.events.vocabulary import Event
from orr.lib import clock
from orr.lib.met import require
from orr.lib.sentence import say
from orr.reviews import actions as reviews
from orr.reviews.states import Verb
from orr.tlog import log

AFTER_FIRST_RED = timedelta(hours=4)


@transaction.atomic
def record_no_go(*, code: str, reason: str, actor: User, expected_digest: str | None = None) -> Decision:
    """Record No-Go; it is in effect when this returns, and its root-cause analysis is due within 48 h.

    `expected_digest`: the change set the caller saw. Raises Invalid, NotAllowed, NotFound, Conflict.
    """
    stated = required(reason, "/reason")
    review = reviews.lock(code, actor)
    require(eligibility.may_refuse(review, actor))
    seen(review, expected_digest)
    reviews.require(review, Verb.REFUSE)
    proposal = endings.live(review)
    if proposal is not None:
        overdue = not proposal.request.standing(clock.now()).may_sign
        state = State.EXPIRED if overdue else State.CANCELLED
        endings.finish(review, proposal, state, say("No-Go was recorded."), actor, move=False)
    now = clock.now()
    due = rca_due(now, first_red(code))
    signed = record.payload(review, Choice.NO_GO, None, now, None)
    decision = Decision.objects.create(
        review=review, decision=Choice.NO_GO, effective_at=now, by=actor, reason=stated, rca_due_at=due,
        payload=signed, digest=record.digest_of(signed),
    )  # fmt: skip
    reviews.move(review, Verb.REFUSE, actor)
    log.append(kind="decision.no_go", review=code, artefacts=record.artefacts(decision), actor=str(actor.pk))
    publish(Event.NO_GO_RECORDED, subject=code, decision=decision.pk)
    return decision


def rca_due(recorded: datetime, red_since: datetime | None) -> datetime:
    """48 h after the recording, or 4 h + 48 h after the first red where that is earlier; always ahead."""
    if red_since is None:
        return recorded + WITHIN
    since_red = red_since + AFTER_FIRST_RED + WITHIN
    # A red older than that leaves no time at all: what is due is due at once, never before the recording.
    return max(min(recorded + WITHIN, since_red), recorded + timedelta(seconds=1))


def first_red(code: str) -> datetime | None:
    """When an item was first seen red in this review; what it carried over had its own analysis."""
    red = Evidence.objects.filter(subject=code, judged=Verdict.RED, carried_from="")
    found: datetime | None = red.aggregate(first=Min("recorded_at"))["first"]
    return found
