"""Who may do what about a weaker policy: only roles held everywhere count, and nobody signs their own."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from approvals.actions import TOO_LATE, ended
from approvals.models import Request
from approvals.models import State as Ended
from orr.accounts.models import Role, RoleGrant, User
from orr.accounts.roles import either
from orr.accounts.stepup import PASSKEY, Proof
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


def slots_of(row: PolicyVersion, slots: Sequence[str], person: User, at: datetime) -> tuple[int, ...]:
    """The slots the person may fill at that moment: those of their roles, none of their own proposal."""
    if person.pk == row.proposed_by_id:
        return ()
    roles = held(person, at)
    return tuple(index for index, role in enumerate(slots) if role in roles)


def able(row: PolicyVersion, request: Request, at: datetime) -> dict[User, tuple[int, ...]]:
    """Everybody who may fill a slot at that moment, with the slots, by name."""
    slots = request.slots
    counting = Q(grants__role__in=set(slots), grants__team=None, grants__revoked_at=None)
    people = User.objects.filter(counting, is_active=True).order_by("name", "pk").distinct()
    found = {person: slots_of(row, slots, person, at) for person in people}
    return {person: may for person, may in found.items() if may}


def may_sign(row: PolicyVersion, request: Request, person: User, at: datetime) -> Requirement:
    """Whether the person may sign in some open slot, or why not."""
    if request.state != Ended.OPEN:
        return Unmet(ended(request))
    if not request.standing(at).may_sign:
        return Unmet(TOO_LATE)
    if person.pk == row.proposed_by_id:
        return Unmet(say("%(name)s made this proposal and cannot sign it.", name=str(person)))
    may = slots_of(row, request.slots, person, at)
    if not may:
        return Unmet(_lacking(request.slots, person))
    signed = request.live_approvals()
    if any(approval.person_id == person.pk for approval in signed):
        return Unmet(say("%(name)s has signed this proposal.", name=str(person)))
    if not set(may) - {approval.slot for approval in signed}:
        return Unmet(say("Every slot that %(name)s could fill is filled.", name=str(person)))
    return Met()


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


def may_reject(request: Request, policy: Policy, person: User) -> Requirement:
    """Whether the person may reject: who holds the role of a slot, or a veto."""
    if held(person).isdisjoint({*request.slots, *policy.veto}):
        return Unmet(say("Only those in whose role a slot is, or who hold a veto, reject a proposal."))
    return Met()


def may_cancel(row: PolicyVersion, request: Request, policy: Policy, person: User) -> Requirement:
    """Whether the person may cancel: the proposer, anyone whose signature stands, the veto role."""
    own = {approval.person_id for approval in request.live_approvals()} | {row.proposed_by_id}
    if person.is_active and (person.pk in own or not held(person).isdisjoint(policy.veto)):
        return Met()
    return Unmet(say("Only the proposer, the signers and who holds a veto cancel this."))


def _lacking(slots: Sequence[str], person: User) -> Sentence:
    return say(
        "This takes the role %(roles)s, held everywhere and counting; %(name)s does not hold it so.",
        roles=either(slots),
        name=str(person),
    )
