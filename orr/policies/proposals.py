"""Putting a weaker policy to the signers, signing it, and stopping it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from approvals import actions as approvals
from approvals import proving
from approvals.models import Approval, Request
from approvals.models import State as Ended
from approvals.recheck import Breaks, Waits
from approvals.seats import Wanted, chosen
from orr.accounts import people
from orr.accounts.models import User
from orr.accounts.stepup import Proof
from orr.lib import clock
from orr.lib.errors import Conflict, FieldError, Invalid
from orr.lib.met import require
from orr.lib.sentence import Sentence, say
from orr.policies import eligibility, recheck, record
from orr.policies.adoption import alone, finish
from orr.policies.models import Origin, PolicyVersion, State
from orr.policies.standing import Standing, look, profile_of
from orr.policies.telling import tell
from orr.profiles.schema import Policy, Profile

LIMIT = 2000
LOOK_AGAIN = say("The proposal is another than the one you were shown; look again.")


@transaction.atomic
def propose_weaker(
    *, name: str, reason: str, actor: User, expected_digest: str | None = None
) -> PolicyVersion:
    """Put what the file says to the slots of the version in force; its timelock and deadline count.

    `expected_digest`: the file's profile that the caller saw. Raises Invalid, NotAllowed; Conflict where
    nothing weaker waits, something is proposed already, or the file is another.
    """
    stated = _required(reason)
    require(eligibility.may_propose(actor))
    alone()
    found = look(name)
    file, governing = _waiting(found)
    body = record.body_of(file)
    digest = record.digest_of(body)
    if expected_digest is not None and expected_digest != digest:
        raise Conflict(say("The file says something else by now than what you were shown; look again."))
    _make_room(name)
    replaced = found.row.digest if found.row else ""
    row = PolicyVersion.objects.create(
        name=name, digest=digest, body=body, state=State.PROPOSED, origin=Origin.PROPOSAL,
        from_digest=replaced, governed_by=governing.digest, proposed_by=actor, reason=stated,
        request=_asked(name, replaced, digest, body, profile_of(governing).policy),
    )  # fmt: skip
    tell("policy.proposed", row, actor)
    return row


def _asked(name: str, replaced: str, digest: str, body: bytes, policy: Policy) -> Request:
    return approvals.open_request(
        subject=f"policy:{name}",
        subject_digest=record.proposal_digest(name=name, from_digest=replaced, to_digest=digest, body=body),
        slots=policy.slots,
        delay=timedelta(seconds=policy.timelock),
        approve_by=clock.now() + timedelta(seconds=policy.approve_within),
    )


def _waiting(found: Standing) -> tuple[Profile, PolicyVersion]:
    if found.file is None:
        nothing = found.error or say("There is no file of %(name)s.", name=found.name)
        raise Conflict(nothing)
    if found.governing is None or not found.waits:
        raise Conflict(
            say("The file of %(name)s is nowhere weaker; there is nothing to approve.", name=found.name)
        )
    return found.file, found.governing


def _make_room(name: str) -> None:
    former = PolicyVersion.objects.filter(name=name, state=State.PROPOSED).select_related("request").first()
    if former is None:
        return
    if former.request is not None and former.request.standing(clock.now()).may_sign:
        raise Conflict(say("A proposal is open already; it has to end before another is made."))
    finish(former, Ended.EXPIRED, say("The time to sign was over."), people.system())


def live(name: str) -> tuple[PolicyVersion, Request]:
    """The proposed version and its request, both locked. Raises Conflict where nothing is proposed."""
    alone()
    row = PolicyVersion.objects.select_for_update().filter(name=name, state=State.PROPOSED).first()
    if row is None or row.request_id is None:
        raise Conflict(say("Nothing is proposed for %(name)s.", name=name))
    return row, approvals.lock(row.request_id)


def sign(
    *, name: str, actor: User, expected_digest: str | None, proof: Proof, comment: str,
    on_behalf_of: UUID | None = None,
) -> Approval:  # fmt: skip
    """Sign the weaker policy; a second time by the same person changes nothing.

    `expected_digest`: the proposal that was shown, without which nothing is signed. `proof`: how the
    person was verified for this very act. `on_behalf_of`: the principal for whom a deputy signs; None is
    oneself. Raises Invalid, NotAllowed, Conflict.
    """
    stated = _limited(comment, "/comment")
    with transaction.atomic():
        wanted = Wanted(on_behalf_of=on_behalf_of, assertion=proof.assertion)
        signed = _sign(name, actor, expected_digest, proof, stated, wanted)
    # Raised after the commit: that the proposal is void by now has to stay.
    if isinstance(signed, Sentence):
        void = say("The proposal is void: %(why)s", why=signed)
        raise Conflict(void, reasons=[void])
    return signed


def _sign(
    name: str, actor: User, expected_digest: str | None, proof: Proof, comment: str, wanted: Wanted
) -> Approval | Sentence:
    row, request = live(name)
    now = clock.now()
    _shown(request, expected_digest)
    approvals.require_open(request, now)
    mine = [one for one in request.live_approvals() if one.person_id == actor.pk]
    if mine:
        return mine[0]
    offered, allowed = eligibility.seats_of(row, request, actor, now)
    require(allowed)
    seats = chosen(offered, actor, request.slots, wanted)
    found = recheck.terms(row, request)
    if isinstance(found, Breaks):
        finish(row, Ended.VOID, found.reason, people.system())
        return found.reason
    if isinstance(found, Waits):
        raise Conflict(found.reason)
    require(eligibility.proven(_governing(row), proof))
    oath = approvals.Oath(
        digest=request.subject_digest,
        may=seats.may,
        method=proof.method,
        comment=comment,
        assertion=proof.assertion,
        delegations=seats.delegations,
    )
    others = {person.pk: may for person, may in eligibility.able(row, request, now).items()}
    approval, _ = approvals.grant(request_id=request.pk, person=actor, oath=oath, others=others)
    tell("policy.signed", row, actor, approval)
    return approval


def question(
    *, name: str, actor: User, expected_digest: str, session: str, on_behalf_of: UUID | None = None
) -> dict[str, Any]:
    """What the person's passkey is asked: to sign the proposal shown, in a seat that is open to them.

    Raises Conflict for another proposal, NotAllowed where there is no seat or no passkey.
    """
    with transaction.atomic():
        row, request = live(name)
        _shown(request, expected_digest)
        offered, allowed = eligibility.seats_of(row, request, actor, clock.now())
        require(allowed)
        seats = chosen(offered, actor, request.slots, Wanted(on_behalf_of=on_behalf_of))
        roles = {request.slots[slot] for slot in seats.may}
    return proving.ask(
        person=actor, session=session, digest=request.subject_digest, roles=roles,
        principal=seats.principal,
    )  # fmt: skip


def _shown(request: Request, expected_digest: str | None) -> None:
    if not expected_digest:
        raise Conflict(say("The digest you were shown is missing; nothing is signed unseen."))
    if expected_digest != request.subject_digest:
        raise Conflict(LOOK_AGAIN)


@transaction.atomic
def withdraw_signature(*, name: str, actor: User) -> Approval:
    """Take one's signature back, until the effect; the timelock stops. Raises Conflict."""
    row, request = live(name)
    approval = approvals.withdraw(request_id=request.pk, person=actor)
    tell("policy.signature_withdrawn", row, actor, approval)
    return approval


@transaction.atomic
def reject(
    *, name: str, actor: User, reason: str, expected_digest: str | None = None,
    on_behalf_of: UUID | None = None,
) -> PolicyVersion:  # fmt: skip
    """Refuse the weaker policy, with a reason. Raises Invalid, NotAllowed, Conflict.

    `on_behalf_of`: of several principals the one for whom a deputy does; one's own right comes first.
    """
    return _stop(name, Ended.REJECTED, reason, expected_digest, actor, on_behalf_of)


@transaction.atomic
def cancel(
    *, name: str, actor: User, reason: str, expected_digest: str | None = None,
    on_behalf_of: UUID | None = None,
) -> PolicyVersion:  # fmt: skip
    """Stop the proposal, with a reason; possible until the effect. Raises Invalid, NotAllowed, Conflict.

    `on_behalf_of`: as with `reject`.
    """
    return _stop(name, Ended.CANCELLED, reason, expected_digest, actor, on_behalf_of)


def _stop(
    name: str, state: Ended, reason: str, expected: str | None, actor: User, wanted: UUID | None
) -> PolicyVersion:
    row, request = live(name)
    right = eligibility.right_to(state, row, request, _governing(row), actor, wanted)
    require(right.requirement)
    if expected is not None and expected != request.subject_digest:
        raise Conflict(LOOK_AGAIN)
    stated = say("%(text)s", text=_required(reason))
    if not request.standing(clock.now()).may_sign:
        return finish(row, Ended.EXPIRED, stated, actor)
    return finish(row, state, stated, actor, right.delegation)


def _governing(row: PolicyVersion) -> Policy:
    """The policy by whose rules the proposal is signed; a version that is gone lets nobody sign."""
    found = PolicyVersion.objects.filter(digest=row.governed_by).order_by("-made_at").first()
    if found is None:
        raise Conflict(say("The policy that this proposal follows is another by now."))
    return profile_of(found).policy


def _limited(text: str | None, pointer: str) -> str:
    stated = (text or "").strip()
    if len(stated) > LIMIT or "\x00" in stated:
        raise Invalid([FieldError(pointer, say("At most %(n)s characters, no control characters.", n=LIMIT))])
    return stated


def _required(text: str | None) -> str:
    stated = _limited(text, "/reason")
    if not stated:
        raise Invalid([FieldError("/reason", say("A reason is needed."))])
    return stated
