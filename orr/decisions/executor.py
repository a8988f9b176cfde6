"""The system executor: what is approved and due takes effect, after every check was repeated."""

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import F

from approvals import actions as approvals
from approvals.models import State
from approvals.recheck import Breaks, Overtaken, Verdict, Waits, first, require
from approvals.timelock import Phase
from orr.accounts import people
from orr.accounts.models import User
from orr.decisions import debts, endings, recheck, record
from orr.decisions.models import Decision, Proposal
from orr.decisions.rules import Choice
from orr.events.bus import publish
from orr.events.vocabulary import Event
from orr.lib import clock
from orr.lib.errors import OrrError
from orr.lib.sentence import Sentence, say
from orr.reviews import actions as reviews
from orr.reviews.models import Review
from orr.reviews.standing import standing
from orr.reviews.states import Verb
from orr.tlog import log

logger = logging.getLogger(__name__)


@transaction.atomic
def take_effect(code: str) -> Decision | Sentence:
    """Let the live proposal take effect if it is due and still stands; the decision, or why not (yet).

    A proposal that no longer stands is void afterwards. Doing it again changes nothing.
    """
    review = reviews.lock(code)
    proposal = endings.live(review)
    if proposal is None:
        return say("Nothing is proposed on %(code)s.", code=code)
    request = approvals.lock(proposal.request_id)
    proposal.request = request
    now = clock.now()
    phase = request.standing(now).phase
    if phase is not Phase.READY:
        return _NOT_YET[phase]
    found = _stands(review, proposal, now)
    if isinstance(found, Breaks):
        endings.void(review, proposal, found.reason)
        return found.reason
    if isinstance(found, Waits):
        return found.reason
    try:
        with transaction.atomic():
            return _effect(review, proposal, people.system())
    except Overtaken as late:
        return late.sentence


def _stands(review: Review, proposal: Proposal, at: datetime) -> Verdict:
    """Whether everything that was signed holds at that moment."""
    live = standing(review, at)
    return first(
        recheck.terms(review, proposal),
        recheck.verdicts(live, proposal.break_glass or ()),
        recheck.freezes(live, proposal),
        recheck.analyses(review),
        recheck.signers(review, proposal, at),
    )


def _effect(review: Review, proposal: Proposal, system: User) -> Decision:
    """Raises Overtaken where it no longer stands at the moment that the database gave the effect."""
    request = approvals.end(request_id=proposal.request_id, state=State.EFFECTIVE)
    assert request.ended_at is not None  # noqa: S101  the end set it
    require(_stands(review, proposal, request.ended_at))
    proposal.state, proposal.ended_at, proposal.ended_by = State.EFFECTIVE, request.ended_at, system
    proposal.save(update_fields=["state", "ended_at", "ended_by"])
    choice = Choice(proposal.decision)
    signed = record.payload(review, choice, proposal, request.ended_at, proposal.valid_until)
    decision = Decision.objects.create(
        review=review, proposal=proposal, decision=choice, effective_at=request.ended_at,
        valid_until=proposal.valid_until, by=system, reason=proposal.reason,
        payload=signed, digest=record.digest_of(signed),
    )  # fmt: skip
    reviews.move(review, Verb.TAKE_EFFECT, system)
    log.append(
        kind="decision.took_effect",
        review=review.code,
        artefacts=record.artefacts(decision),
        actor=str(system.pk),
    )
    publish(Event.DECISION_TOOK_EFFECT, subject=review.code, decision=decision.pk, proposal=proposal.pk)
    if proposal.break_glass is not None:
        debts.opened(review, decision)
    return decision


_NOT_YET = {
    Phase.COLLECTING: say("Not every slot is filled yet."),
    Phase.RUNNING: say("The timelock is still running."),
    Phase.EXPIRED: approvals.TOO_LATE,
}


def due() -> list[str]:
    """The codes of the reviews whose timelock is over and whose deadline is not, longest waiting first."""
    now = clock.now()
    waiting = Proposal.objects.filter(
        state=State.OPEN, request__filled_at__lte=now - F("request__delay"), approve_by__gt=now
    )
    return [one.review.code for one in waiting.select_related("review").order_by("request__filled_at")]


def sweep() -> int:
    """Let everything that is due take effect; how many did. One that fails keeps no other from it."""
    done = 0
    for code in due():
        try:
            done += isinstance(take_effect(code), Decision)
        except OrrError as refusal:
            logger.warning("no effect for %s: %s", code, refusal)
        except Exception:
            logger.exception("no effect for %s", code)
    return done
