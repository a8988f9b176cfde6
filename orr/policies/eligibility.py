"""Who may do what about a weaker policy: only roles held everywhere count, and nobody signs their own.

A deputy signs and stops as in a review: for one who named them everywhere, by a role that counts there.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from approvals import deputies
from approvals.actions import TOO_LATE, ended, seated_in
from approvals.models import Approval, Request
from approvals.models import State as Ended
from approvals.seats import Capacity, still_open, union
from approvals.stopping import Right, right
from orr.accounts.models import APPROVER_ROLES, Role, RoleGrant, User
from orr.accounts.roles import either
from orr.accounts.stepup import PASSKEY, Proof
from orr.lib import clock
from orr.lib.met import Met, Requirement, Unmet
from orr.lib.sentence import Sentence, say
from orr.policies.models import PolicyVersion
from orr.policies.strictness import PROOFS
from orr.policies.wording import STEP_UP
from orr.profiles.schema import Policy

PROPOSING = frozenset({Role.RELEASE_MANAGER.value, Role.ADMIN.value})


def held(person: User, at: datetime | None = None) -> frozenset[str]:
    """The roles the person holds everywhere; with `at`, those that count for signing at that moment.

    A policy binds every team, so what is held in one team counts for nothing here.
    """
    if not person.is_active or (at is not None and person.signs_from is not None and person.signs_from > at):
        return frozenset()
    grants = RoleGrant.objects.filter(user=person, team=None, revoked_at=None)
    if at is not None:
        grants = grants.filter(counts_from__lte=at)
    return frozenset(grants.values_list("role", flat=True))


def may_propose(person: User) -> Requirement:
    """Whether the person may put a weaker policy to the signers."""
    if held(person).isdisjoint(PROPOSING):
        return Unmet(say("Only release managers and administrators propose a weaker policy."))
    return Met()


def slots_of(
    row: PolicyVersion, slots: Sequence[str], person: User, roles: Collection[str]
) -> tuple[int, ...]:
    """The slots the person may fill in these roles; none of their own proposal."""
    if person.pk == row.proposed_by_id:
        return ()
    return tuple(index for index, role in enumerate(slots) if role in roles)


def able(row: PolicyVersion, request: Request, at: datetime) -> dict[User, tuple[int, ...]]:
    """Everybody who may fill a slot at that moment, with the slots, by name, the deputies after the others.

    Who sits already, or whose principal does, is not among them.
    """
    slots, seated = request.slots, seated_in(request.live_approvals())
    counting = Q(grants__role__in=set(slots), grants__team=None, grants__revoked_at=None)
    people = User.objects.filter(counting, is_active=True).order_by("name", "pk").distinct()
    found = [Capacity(one, slots_of(row, slots, one, held(one, at))) for one in people]
    found += [
        Capacity(by.deputy, slots_of(row, slots, by.deputy, {by.role}), by)
        for by in deputies.everywhere(at, roles=slots)
        if by.principal_id not in seated
    ]
    return union(one for one in found if one.may and one.person.pk not in seated)


def seats_of(
    row: PolicyVersion, request: Request, person: User, at: datetime
) -> tuple[list[Capacity], Requirement]:
    """In which capacities the person may sign at that moment, each with open slots; else why not."""
    if request.state != Ended.OPEN:
        return [], Unmet(ended(request))
    if not request.standing(at).may_sign:
        return [], Unmet(TOO_LATE)
    if person.pk == row.proposed_by_id:
        return [], Unmet(say("%(name)s made this proposal and cannot sign it.", name=str(person)))
    own = slots_of(row, request.slots, person, held(person, at))
    found = [Capacity(person, own)] if own else []
    for by in deputies.everywhere(at, roles=request.slots, deputy=person.pk):
        found.append(Capacity(person, slots_of(row, request.slots, person, {by.role}), by))
    if not found:
        return [], Unmet(_lacking(request.slots, person))
    return still_open(found, person, request.live_approvals())


def may_sign(row: PolicyVersion, request: Request, person: User, at: datetime) -> Requirement:
    """Whether the person may sign in some open slot, or why not."""
    return seats_of(row, request, person, at)[1]


def still_counts(row: PolicyVersion, approval: Approval, at: datetime) -> bool:
    """Whether who signed may still fill their slot: in their own role, or in that of their principal."""
    used, slots = approval.delegation, approval.request.slots
    roles = held(approval.person, at)
    if used is not None:
        whole = used.team_id is None and not roles.isdisjoint(APPROVER_ROLES)
        counts = deputies.still_counts(used, approval.signed_at, at, team=None)
        roles = frozenset({used.role}) & held(used.principal, at) if whole and counts else frozenset()
    return approval.slot in slots_of(row, slots, approval.person, roles)


def proven(policy: Policy, proof: Proof) -> Requirement:
    """Whether the person was verified as strongly as the policy in force asks for; unknown ways are not.

    A passkey without its answer proves nothing.
    """
    answered = (proof.method == PASSKEY) == (proof.assertion is not None)
    strong = proof.method in PROOFS and PROOFS.index(proof.method) >= PROOFS.index(policy.step_up)
    if answered and strong:
        return Met()
    return Unmet(
        say("This policy takes no signature with less than %(proof)s.", proof=STEP_UP[policy.step_up])
    )


def right_to(
    state: Ended, row: PolicyVersion, request: Request, policy: Policy, person: User,
    wanted: UUID | None = None,
) -> Right:  # fmt: skip
    """In whose right the person may reject (`State.REJECTED`) or cancel (`State.CANCELLED`), or why not.

    Rejecting is for the roles of the slots and a veto; cancelling for the proposer, for whose signature
    stands, and for a veto. A deputy does by their principal's role; `wanted` names one of several.
    """
    rejects = state == Ended.REJECTED
    roles = {*policy.veto, *(request.slots if rejects else ())}
    hands = set() if rejects else seated_in(request.live_approvals()) | {row.proposed_by_id}
    if person.is_active and (person.pk in hands or not held(person).isdisjoint(roles)):
        return Right(Met())
    refused = Unmet(_NOT_REJECTING if rejects else _NOT_CANCELLING)
    if not person.is_active:
        return Right(refused)
    return right(refused, lambda: deputies.everywhere(clock.now(), roles=roles, deputy=person.pk), wanted)


_NOT_REJECTING = say("Only those in whose role a slot is, or who hold a veto, reject a proposal.")
_NOT_CANCELLING = say("Only the proposer, the signers and who holds a veto cancel this.")


def _lacking(slots: Sequence[str], person: User) -> Sentence:
    return say(
        "This takes the role %(roles)s, held everywhere and counting; %(name)s does not hold it so.",
        roles=either(slots),
        name=str(person),
    )
