"""Acts on a request for approval: open, grant, withdraw, end.

Each runs in the caller's transaction, locks the request's row, and reads the time after the lock, in its
own statement. The database refuses the same things once more (migration 0002).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from approvals import assertion, quorum
from approvals.models import Approval, Delegation, Request, Slot, State
from approvals.timelock import Phase
from orr.accounts.models import User
from orr.accounts.proofs import passkey
from orr.lib import clock
from orr.lib.errors import Conflict, NotAllowed, NotFound
from orr.lib.sentence import Sentence, say

TOO_LATE = say("The time to sign is over; a new proposal is needed.")
NO_TIME = say("The deadline for signing is over before it began.")
WEAK_METHODS = frozenset({"password"})


@dataclass(frozen=True)
class Oath:
    """What a person signs: the digest, the slots they may fill, how they were verified, what they said.

    `delegations`: those by which they sign for the one principal of them all, in whichever of these roles
    the slot is. `assertion`: a passkey's answer, which is kept.
    """

    digest: str
    may: tuple[int, ...]
    method: str
    comment: str = ""
    acknowledged: tuple[str, ...] = ()
    delegations: tuple[Delegation, ...] = ()
    assertion: Mapping[str, Any] | None = None

    @property
    def principal_id(self) -> UUID | None:
        """For whom the person signs; None for themselves."""
        return self.delegations[0].principal_id if self.delegations else None

    def by(self, role: str) -> Delegation | None:
        """By which delegation they sign in that role; None for themselves."""
        return next((one for one in self.delegations if one.role == role), None)


@transaction.atomic
def open_request(
    *, subject: str, subject_digest: str, slots: Sequence[str], delay: timedelta, approve_by: datetime
) -> Request:
    """A new request with no signature. Raises Conflict while another one of this subject is open.

    `slots`: a role each, at least one (an empty policy refuses); `delay` of the timelock, never negative.
    """
    if not slots or not all(slots):
        raise Conflict(say("The policy names no approval slots, so nothing can be approved."))
    if delay < timedelta(0):
        raise Conflict(say("A timelock is never shorter than nothing."))
    if approve_by <= clock.now():
        raise Conflict(NO_TIME)
    if Request.objects.filter(subject=subject, state=State.OPEN).exists():
        raise Conflict(say("An approval of %(subject)s is already open; end it first.", subject=subject))
    try:
        with transaction.atomic():
            request = Request.objects.create(
                subject=subject, subject_digest=subject_digest, delay=delay, approve_by=approve_by
            )
    except IntegrityError as error:
        if "request_ends_after_start" in str(error):
            raise Conflict(NO_TIME) from error
        if "one_open_request_per_subject" not in str(error):
            raise
        already = say("An approval of %(subject)s is already open; end it first.", subject=subject)
        raise Conflict(already) from error
    Slot.objects.bulk_create(Slot(request=request, index=i, role=role) for i, role in enumerate(slots))
    request.refresh_from_db()
    return request


def lock(request_id: UUID) -> Request:
    """The request, its row locked until the transaction ends. Raises NotFound."""
    request = Request.objects.select_for_update().filter(pk=request_id).first()
    if request is None:
        raise NotFound(say("There is no such approval request."))
    return request


@transaction.atomic
def grant(
    *, request_id: UUID, person: User, oath: Oath, others: Mapping[Any, Collection[int]]
) -> tuple[Approval, bool]:
    """Sign, in the slot that leaves the quorum possible; returns the signature and whether it is new.

    A person whose signature stands already gets it back, unchanged. `others`: who else could sign, each
    with the slots they may fill. Raises Conflict when ended, too late, on another digest, or without a
    seat of their own or of their principal; NotAllowed for an assertion that proves something else.
    """
    request = lock(request_id)
    now = clock.now()
    require_open(request, now)
    if oath.digest != request.subject_digest:
        raise Conflict(say("What you were shown is not what is to be signed now; look again."))
    standing = request.live_approvals()
    mine = [approval for approval in standing if approval.person_id == person.pk]
    if mine:
        return mine[0], False
    seated = seated_in(standing)
    if not seated.isdisjoint({person.pk, oath.principal_id}):
        raise Conflict(say("A person and who signs for them fill one seat, and it is filled."))
    slots, taken = request.slots, {approval.slot for approval in standing}
    signing = seated | {person.pk, oath.principal_id}
    rest = {other: may for other, may in others.items() if other not in signing}
    index = quorum.seat(slots, taken, oath.may, rest)
    if index is None:
        raise Conflict(say("Every slot you could fill is filled already."))
    _proved(oath, person, slots[index])
    with _in_time("the time to sign is over"):
        approval = Approval.objects.create(
            request=request, slot=index, person=person, role=slots[index], digest=oath.digest,
            method=oath.method, weak=oath.method in WEAK_METHODS, comment=oath.comment,
            acknowledged=list(oath.acknowledged), assertion=oath.assertion,
            delegation=oath.by(slots[index]), on_behalf_of_id=oath.principal_id,
        )  # fmt: skip
    approval.refresh_from_db()
    return approval, True


def seated_in(standing: Sequence[Approval]) -> set[UUID | None]:
    """Everybody who sits already: who signed, and whom they signed for."""
    found: set[UUID | None] = {approval.person_id for approval in standing}
    found.update(approval.on_behalf_of_id for approval in standing)
    return found - {None}


def _proved(oath: Oath, person: User, role: str) -> None:
    """Verify a passkey's assertion for exactly this signature, before it is kept. Raises NotAllowed."""
    if oath.assertion is None:
        return
    try:
        assertion.verify(
            oath.assertion, digest=oath.digest, person=str(person.pk), role=role,
            principal=str(oath.principal_id) if oath.principal_id else None,
            relying_party=passkey.relying_party(), origin=passkey.origin(),
        )  # fmt: skip
    except assertion.AssertionRefused as refused:
        raise NotAllowed(say("Your passkey signed something else; look again, then sign again.")) from refused


@transaction.atomic
def withdraw(*, request_id: UUID, person: User) -> Approval:
    """Take one's signature back; the timelock stops. Raises Conflict when ended or not signed."""
    request = lock(request_id)
    require_open(request, clock.now())
    mine = request.approvals.filter(person=person, withdrawn_at=None).first()
    if mine is None:
        raise Conflict(say("You have no signature here to withdraw."))
    mine.withdrawn_at = clock.now()
    mine.save(update_fields=["withdrawn_at"])
    mine.refresh_from_db()
    return mine


@transaction.atomic
def end(
    *, request_id: UUID, state: State, reason: Sentence | None = None, delegation: Delegation | None = None
) -> Request:
    """End the request, once; a deputy rejects or cancels it by a `delegation`.

    Raises Conflict when it has ended, or for an effect that is not due.
    """
    request = lock(request_id)
    now = clock.now()
    if request.state != State.OPEN:
        raise Conflict(ended(request))
    if state == State.EFFECTIVE:
        require_due(request, now)
    request.state, request.ended_at, request.ended_reason = state, now, reason
    request.ended_delegation = delegation
    with _in_time("effect outside its time"), _standing_in():
        request.save(update_fields=["state", "ended_at", "ended_reason", "ended_delegation"])
    request.refresh_from_db()
    return request


@contextmanager
def _standing_in() -> Iterator[None]:
    """A delegation may end between our reading of the time and the database's."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "by a delegation that is in force" not in str(error):
            raise
        raise Conflict(say("You do not stand in for that person any more.")) from error


@contextmanager
def _in_time(refusal: str) -> Iterator[None]:
    """The deadline may pass between our reading of the time and the database's: TOO_LATE then, too."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if refusal not in str(error):
            raise
        raise Conflict(TOO_LATE) from error


def require_open(request: Request, now: datetime) -> None:
    """Raise Conflict unless the request can still be signed at `now`."""
    if request.state != State.OPEN:
        raise Conflict(ended(request))
    if not request.standing(now).may_sign:
        raise Conflict(TOO_LATE)


def require_due(request: Request, now: datetime) -> None:
    """Raise Conflict unless all slots are filled, the timelock is over and the deadline is not."""
    phase = request.standing(now).phase
    if phase is Phase.COLLECTING:
        raise Conflict(say("Not every slot is filled yet."))
    if phase is Phase.RUNNING:
        raise Conflict(say("The timelock is still running."))
    if phase is Phase.EXPIRED:
        raise Conflict(TOO_LATE)


def ended(request: Request) -> Sentence:
    """Why nothing more can be done with an ended request."""
    return say("This proposal has ended (%(how)s).", how=ENDINGS[request.state])


ENDINGS: Mapping[str, Sentence] = {
    State.EFFECTIVE.value: say("it took effect"),
    State.VOID.value: say("void"),
    State.EXPIRED.value: say("expired"),
    State.REJECTED.value: say("rejected"),
    State.CANCELLED.value: say("cancelled"),
}
