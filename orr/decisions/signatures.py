"""Signing a proposal, and taking a signature back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from approvals import actions as approvals
from approvals import record
from approvals.models import Approval
from approvals.recheck import Breaks, Waits, first
from approvals.seats import Chosen, Wanted, chosen
from orr.accounts import stepup
from orr.accounts.models import User
from orr.decisions import eligibility, endings, recheck, snapshot
from orr.decisions.eligibility import Hands
from orr.decisions.models import Proposal
from orr.decisions.words import limited
from orr.events.bus import publish
from orr.events.vocabulary import Event
from orr.lib import clock
from orr.lib.canonical import PREFIX
from orr.lib.errors import Conflict, NotAllowed
from orr.lib.met import require
from orr.lib.sentence import Sentence, say
from orr.reviews import actions as reviews
from orr.reviews.models import Review
from orr.reviews.standing import Standing, standing
from orr.reviews.states import Verb
from orr.tlog import log


def sign(
    *, code: str, actor: User, role: str | None, expected_digest: str | None, method: str, comment: str,
    on_behalf_of: UUID | None = None, assertion: Mapping[str, Any] | None = None,
) -> Approval:  # fmt: skip
    """Sign the live proposal; a second time by the same person changes nothing and gives the same signature.

    `role` None takes the slot that leaves the quorum possible. `expected_digest`: the proposal that was
    shown, without which nothing is signed. `method`: how the person was verified for this very act, with
    a passkey's `assertion`. `on_behalf_of`: the principal for whom a deputy signs; None is oneself.
    Raises Invalid, NotAllowed, NotFound, Conflict (also when the act found a red item: it is void then).
    """
    given = _Given(role, expected_digest, method, limited(comment, "/comment"), on_behalf_of, assertion)
    with transaction.atomic():
        signed = _sign(code, actor, given)
    # Raised after the commit: that the proposal is void by now has to stay.
    if isinstance(signed, Sentence):
        void = say("The proposal is void: %(why)s", why=signed)
        raise Conflict(void, reasons=[void])
    return signed


@dataclass(frozen=True)
class _Given:
    role: str | None
    digest: str | None
    method: str
    comment: str
    on_behalf_of: UUID | None
    assertion: Mapping[str, Any] | None


def _sign(code: str, actor: User, given: _Given) -> Approval | Sentence:
    review = reviews.lock(code, actor)
    proposal = endings.need(review)
    shown(review, proposal, given.digest)
    now = clock.now()
    approvals.require_open(proposal.request, now)
    mine = [one for one in proposal.request.live_approvals() if one.person_id == actor.pk]
    if mine:
        return mine[0]
    require(eligibility.may_sign(review, proposal, actor, now))
    require(stepup.enough(given.method, review.rules.policy.step_up))
    if given.method == stepup.PASSKEY and given.assertion is None:
        raise NotAllowed(say("A passkey leaves its signature, and there is none; nothing was signed."))
    hands = eligibility.hands_of(review, proposal, actor, now)
    offered, _why = eligibility.offers(review, proposal.request, actor, hands, now)
    wanted = Wanted(given.role, given.on_behalf_of, given.assertion)
    seats = chosen(offered, actor, hands.slots, wanted)
    live = standing(review, now)
    broken = _broken(review, proposal, live)
    if broken is not None:
        return broken
    approval = _granted(review, proposal, actor, _oath(given, seats, live, proposal), hands, now)
    reviews.move(review, Verb.SIGN, actor)
    signed = {"approval": record.sha256_of(approval, review.code)}
    ready_at = approval.request.standing(now).ready_at
    _tell(Event.PROPOSAL_SIGNED, "proposal.signed", review, proposal, actor, named=signed, ready_at=ready_at)
    return approval


def _broken(review: Review, proposal: Proposal, live: Standing) -> Sentence | None:
    """Why the proposal is void by now, which it is afterwards. Raises Conflict where it only waits."""
    found = first(
        recheck.terms(review, proposal),
        recheck.verdicts(live, proposal.break_glass or ()),
        recheck.freezes(live, proposal),
        recheck.analyses(review),
    )
    if isinstance(found, Waits):
        raise Conflict(found.reason, reasons=[found.reason, *found.details])
    if isinstance(found, Breaks):
        endings.void(review, proposal, found.reason)
        return found.reason
    return None


def _oath(given: _Given, seats: Chosen, live: Standing, proposal: Proposal) -> approvals.Oath:
    return approvals.Oath(
        digest=given.digest or "",
        may=seats.may,
        method=given.method,
        comment=given.comment,
        acknowledged=_acknowledged(live, proposal),
        delegations=seats.delegations,
        assertion=given.assertion,
    )


def _granted(
    review: Review, proposal: Proposal, actor: User, oath: approvals.Oath, hands: Hands, now: datetime
) -> Approval:
    able = eligibility.able(review, hands.slots, hands.bars, now, hands.standing)
    others = {person.pk: can for person, can in able.items()}
    return approvals.grant(request_id=proposal.request_id, person=actor, oath=oath, others=others)[0]


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


def require_shown(*, code: str, actor: User, expected_digest: str) -> None:
    """Raise Conflict where another proposal is live than the one shown, before anybody proves anything."""
    review = reviews.find(code, actor)
    if expected_digest:
        shown(review, endings.need(review), expected_digest)


def _tell(
    event: Event, kind: str, review: Review, proposal: Proposal, actor: User, *,
    named: Mapping[str, str] | None = None, **more: Any,
) -> None:  # fmt: skip
    artefacts = {"proposal": proposal.digest.removeprefix(PREFIX), **(named or {})}
    log.append(kind=kind, review=review.code, artefacts=artefacts, actor=str(actor.pk))
    publish(event, subject=review.code, proposal=proposal.pk, person=actor.pk, **more)
