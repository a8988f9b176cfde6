"""How a proposal ends without an effect: rejected, cancelled, void, expired."""

from typing import Any
from uuid import UUID

from django.db import transaction

from approvals import actions as approvals
from approvals.models import Delegation, State
from approvals.recheck import Breaks
from orr.accounts import people
from orr.accounts.models import User
from orr.decisions import record, stopping
from orr.decisions.models import Proposal
from orr.decisions.words import required
from orr.events.bus import publish
from orr.events.vocabulary import Event
from orr.lib import clock
from orr.lib.canonical import PREFIX, sha256_hex
from orr.lib.errors import Conflict
from orr.lib.met import require
from orr.lib.sentence import Sentence, say
from orr.reviews import actions as reviews
from orr.reviews.models import Review
from orr.reviews.standing import standing
from orr.reviews.states import Verb
from orr.tlog import log


def live(review: Review) -> Proposal | None:
    """The review's open proposal, overdue or not, with its request."""
    open_one = Proposal.objects.filter(review=review, state=State.OPEN)
    return open_one.select_related("request", "proposed_by").first()


def need(review: Review) -> Proposal:
    """The review's open proposal. Raises Conflict where there is none, with how the last one ended."""
    proposal = live(review)
    if proposal is None:
        last = Proposal.objects.filter(review=review).select_related("request").order_by("-number").first()
        reason = last and last.ended_reason
        nothing = say("Nothing is proposed on %(code)s.", code=review.code)
        ended = approvals.ended(last.request) if last else nothing
        raise Conflict(ended, reasons=[ended, *([reason] if reason else [])])
    return proposal


@transaction.atomic
def reject(
    *, code: str, actor: User, reason: str, expected_digest: str | None = None,
    on_behalf_of: UUID | None = None,
) -> Proposal:  # fmt: skip
    """Refuse the proposal, with a reason; it ends. Raises Invalid, NotAllowed, Conflict.

    `on_behalf_of`: of several principals the one for whom a deputy does; one's own right comes first.
    """
    return _stop(code, actor, reason, expected_digest, State.REJECTED, on_behalf_of)


@transaction.atomic
def cancel(
    *, code: str, actor: User, reason: str, expected_digest: str | None = None,
    on_behalf_of: UUID | None = None,
) -> Proposal:  # fmt: skip
    """Stop the proposal, with a reason; possible until the effect. Raises Invalid, NotAllowed, Conflict.

    `on_behalf_of`: as with `reject`.
    """
    return _stop(code, actor, reason, expected_digest, State.CANCELLED, on_behalf_of)


def _stop(
    code: str, actor: User, reason: str, expected_digest: str | None, state: State, wanted: UUID | None
) -> Proposal:
    review = reviews.lock(code, actor)
    proposal = need(review)
    right = stopping.right_to(state, review, proposal, actor, wanted)
    require(right.requirement)
    if expected_digest is not None and expected_digest != proposal.digest:
        raise Conflict(say("The proposal is another than the one you were shown; look again."))
    stated = say("%(text)s", text=required(reason, "/reason"))
    if not proposal.request.standing(clock.now()).may_sign:
        return finish(review, proposal, State.EXPIRED, stated, actor)
    return finish(review, proposal, state, stated, actor, delegation=right.delegation)


def finish(
    review: Review,
    proposal: Proposal,
    state: State,
    reason: Sentence | None,
    actor: User,
    *,
    move: bool = True,
    delegation: Delegation | None = None,
) -> Proposal:
    """End the proposal and its request alike, inside the caller's lock, and say so.

    `move` false leaves the review's state to the caller, whose own verb moves it. `delegation`: by which
    the actor stops it for somebody else.
    """
    request = approvals.end(request_id=proposal.request_id, state=state, reason=reason, delegation=delegation)
    proposal.state, proposal.ended_at = state, request.ended_at
    proposal.ended_by, proposal.ended_reason = actor, reason
    proposal.save(update_fields=["state", "ended_at", "ended_by", "ended_reason"])
    proposal.request = request
    if move:
        reviews.move(review, Verb.VOID, actor)
    log.append(
        kind=f"proposal.{state}",
        review=review.code,
        artefacts={
            "proposal": proposal.digest.removeprefix(PREFIX),
            "ending": sha256_hex(record.ending(proposal)),
        },
        actor=str(actor.pk),
    )
    publish(Event.PROPOSAL_ENDED, subject=review.code, proposal=proposal.pk, state=str(state))
    return proposal


def void(review: Review, proposal: Proposal, reason: Sentence) -> Proposal:
    """The system ends the proposal: what was signed is no longer true."""
    return finish(review, proposal, State.VOID, reason, people.system())


@transaction.atomic
def on_evidence(*, subject: str, **_: Any) -> None:
    """A live proposal that no longer stands is void; listens to evidence and collections."""
    from orr.decisions import recheck

    review = reviews.lock(subject)
    proposal = live(review)
    if proposal is None:
        return
    now = standing(review, clock.now())
    answers = (
        recheck.terms(review, proposal),
        recheck.verdicts(now, proposal.break_glass or ()),
        recheck.freezes(now, proposal),
    )
    for answer in answers:
        if isinstance(answer, Breaks):
            void(review, proposal, answer.reason)
            return


@transaction.atomic
def on_withdrawn(*, subject: str, **_: Any) -> None:
    """A withdrawn review takes its live proposal with it; listens to the review."""
    review = reviews.lock(subject)
    proposal = live(review)
    if proposal is not None:
        reason = say("The review was withdrawn.")
        finish(review, proposal, State.CANCELLED, reason, people.system(), move=False)
