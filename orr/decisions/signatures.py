"""Signing a proposal, and taking a signature back."""

from typing import Any

from django.db import transaction

from approvals import actions as approvals
from approvals.models import Approval
from orr.accounts.models import User
from orr.accounts.roles import role_sentence, roles_of
from orr.decisions import eligibility, endings, recheck, snapshot
from orr.decisions.models import Proposal
from orr.decisions.proposals import require
from orr.decisions.words import limited
from orr.events.bus import publish
from orr.events.vocabulary import Event
from orr.lib import clock
from orr.lib.canonical import PREFIX
from orr.lib.errors import Conflict, NotAllowed
from orr.lib.sentence import Sentence, say
from orr.reviews import actions as reviews
from orr.reviews.models import Review
from orr.reviews.standing import Standing, standing
from orr.reviews.states import Verb
from orr.tlog import log


def sign(
    *, code: str, actor: User, role: str | None, expected_digest: str | None, method: str, comment: str
) -> Approval:
    """Sign the live proposal; a second time by the same person changes nothing and gives the same signature.

    `role` None takes the slot that leaves the quorum possible. `expected_digest`: the proposal that was
    shown, without which nothing is signed. `method`: how the person was verified for this very act.
    Raises Invalid, NotAllowed, NotFound, Conflict (also when the act found a red item: it is void then).
    """
    stated = limited(comment, "/comment")
    with transaction.atomic():
        signed = _sign(code, actor, role, expected_digest, method, stated)
    # Raised after the commit: that the proposal is void by now has to stay.
    if isinstance(signed, Sentence):
        void = say("The proposal is void: %(why)s", why=signed)
        raise Conflict(void, reasons=[void])
    return signed


def _sign(
    code: str, actor: User, role: str | None, expected_digest: str | None, method: str, comment: str
) -> Approval | Sentence:
    review = reviews.lock(code, actor)
    proposal = endings.need(review)
    shown(review, proposal, expected_digest)
    now = clock.now()
    approvals.require_open(proposal.request, now)
    mine = [one for one in proposal.request.live_approvals() if one.person_id == actor.pk]
    if mine:
        return mine[0]
    require(eligibility.may_sign(review, proposal, actor, now))
    bars, slots = eligibility.bars_of(review, proposal), proposal.request.slots
    counting = roles_of(actor, now, team=review.team_id)
    may = eligibility.slots_for(review, slots, bars, actor, {role} if role else counting)[0]
    if role is not None and (role not in counting or not may):
        raise NotAllowed(say("You cannot sign in the role %(role)s.", role=role_sentence(role)))
    live = standing(review, now)
    found = recheck.first(
        recheck.terms(review, proposal),
        recheck.verdicts(live, proposal.break_glass or ()),
        recheck.analyses(review),
    )
    if isinstance(found, recheck.Breaks):
        endings.void(review, proposal, found.reason)
        return found.reason
    if isinstance(found, recheck.Waits):
        raise Conflict(found.reason, reasons=[found.reason, *found.details])
    oath = approvals.Oath(
        digest=expected_digest or "",
        may=may,
        method=method,
        comment=comment,
        acknowledged=_acknowledged(live, proposal),
    )
    others = {person.pk: can for person, can in eligibility.able(review, slots, bars, now).items()}
    approval, _ = approvals.grant(request_id=proposal.request_id, person=actor, oath=oath, others=others)
    reviews.move(review, Verb.SIGN, actor)
    ready_at = approval.request.standing(now).ready_at
    _tell(Event.PROPOSAL_SIGNED, "proposal.signed", review, proposal, actor, ready_at=ready_at)
    return approval


def _acknowledged(live: Standing, proposal: Proposal) -> tuple[str, ...]:
    """What the oath names: every earlier red, and every item that break-glass passes."""
    was_red = [item.code for item in live.items if item.earlier_red]
    return tuple(dict.fromkeys([*was_red, *(proposal.break_glass or ())]))


@transaction.atomic
def withdraw_signature(*, code: str, actor: User) -> Approval:
    """Take one's signature back, until the effect; the timelock stops. Raises Conflict."""
    review = reviews.lock(code, actor)
    proposal = endings.need(review)
    approval = approvals.withdraw(request_id=proposal.request_id, person=actor)
    reviews.touch(code)
    _tell(Event.SIGNATURE_WITHDRAWN, "signature.withdrawn", review, proposal, actor)
    return approval


def shown(review: Review, proposal: Proposal, expected_digest: str | None) -> None:
    """Raise Conflict, with what differs, unless the digest that was shown is the live proposal's."""
    if expected_digest == proposal.digest:
        return
    if not expected_digest:
        raise Conflict(say("The digest you were shown is missing; nothing is signed unseen."))
    former = Proposal.objects.filter(review=review, digest=expected_digest).first()
    main = say("The proposal is another than the one you were shown; look again.")
    differs = snapshot.differences(bytes(former.payload), bytes(proposal.payload)) if former else []
    raise Conflict(main, reasons=[main, *differs])


def _tell(event: Event, kind: str, review: Review, proposal: Proposal, actor: User, **more: Any) -> None:
    artefacts = {"proposal": proposal.digest.removeprefix(PREFIX)}
    log.append(kind=kind, review=review.code, artefacts=artefacts, actor=str(actor.pk))
    publish(event, subject=review.code, proposal=proposal.pk, person=actor.pk, **more)
