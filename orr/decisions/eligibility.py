"""Who may sign what, and for whom; who may propose and refuse. Who may stop stands in `stopping`.

A person signs in their own right or, as a deputy, for a principal: the principal's bars do not pass on to
the deputy, whose own bars hold; a seat that either of them has already does.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from approvals import deputies
from approvals.actions import TOO_LATE, ended, seated_in
from approvals.models import Approval, Delegation, Request, State
from approvals.seats import Capacity, still_open, union
from orr.accounts.models import APPROVER_ROLES, Role, RoleGrant, User
from orr.accounts.roles import role_sentence, roles_of
from orr.decisions.bars import Bars, apart, author_known, bars_of, slots_for
from orr.decisions.models import Proposal
from orr.decisions.stopping import may_cancel, may_reject
from orr.lib import clock
from orr.lib.met import Met, Requirement, Unmet
from orr.lib.sentence import say
from orr.reviews import sight
from orr.reviews.models import Review

__all__ = [
    "Bars", "Capacity", "Hands", "able", "apart", "author_known", "bars_of", "capacities",
    "could", "hands_of", "may_cancel", "may_propose", "may_refuse", "may_reject", "may_sign", "offers",
    "seats_of", "slots_for", "who_can",
]  # fmt: skip


@dataclass(frozen=True)
class Hands:
    """What decides whether a person may sign a request: its slots and signatures, bars, what they hold."""

    slots: Sequence[str]
    standing: Sequence[Approval]
    bars: Bars
    roles: Collection[str]
    deputed: Sequence[Delegation]


def hands_of(review: Review, proposal: Proposal, person: User, now: datetime) -> Hands:
    """The hands of one person on one proposal at `now`."""
    request, team = proposal.request, review.team_id
    return Hands(
        slots=request.slots,
        standing=request.live_approvals(),
        bars=bars_of(review, proposal),
        roles=roles_of(person, now, team=team),
        deputed=deputies.standing_in(now, team=team, roles=request.slots, deputy=person.pk),
    )


def offers(
    review: Review, request: Request, person: User, hands: Hands, now: datetime
) -> tuple[list[Capacity], Requirement]:
    """In which capacities the person may sign the request at `now`, each with open slots; else why not."""
    if request.state != State.OPEN:
        return [], Unmet(ended(request))
    if not request.standing(now).may_sign:
        return [], Unmet(TOO_LATE)
    known = author_known(hands.bars)
    if isinstance(known, Unmet):
        return [], known
    found, requirement = capacities(review, hands, person)
    return still_open(found, person, hands.standing) if found else ([], requirement)


def capacities(review: Review, hands: Hands, person: User) -> tuple[list[Capacity], Requirement]:
    """What the person could fill if no seat were taken: their own slots first, then those of principals."""
    own, requirement = slots_for(review, hands.slots, hands.bars, person, hands.roles)
    found = [Capacity(person, own)] if own else []
    for one in hands.deputed:
        can, why = slots_for(review, hands.slots, hands.bars, person, {one.role})
        found += [Capacity(person, can, one)] if can else []
        requirement = requirement if can else why
    return found, Met() if found else requirement


def may_sign(review: Review, proposal: Proposal, person: User, now: datetime | None = None) -> Requirement:
    """Whether the person may sign the proposal in some open slot, or why not."""
    return seats_of(review, proposal, person, now or clock.now())[1]


def seats_of(
    review: Review, proposal: Proposal, person: User, now: datetime
) -> tuple[list[Capacity], Requirement]:
    """As `offers`, with what is to be waited for where a role is too young to count."""
    if not (person.is_active or person.is_system):
        return [], Unmet(sight.INACTIVE)
    hands = hands_of(review, proposal, person, now)
    found, requirement = offers(review, proposal.request, person, hands, now)
    if not apart(hands.bars, person) or capacities(review, hands, person)[0]:
        return found, requirement
    ready = proposal.request.state == State.OPEN and proposal.request.standing(now).may_sign
    young = _waiting(review, person, hands.slots, now) if ready and author_known(hands.bars) else None
    return [], requirement if young is None else young


def able(
    review: Review, slots: Sequence[str], bars: Bars, now: datetime, standing: Sequence[Approval] = ()
) -> dict[User, tuple[int, ...]]:
    """Everyone who may fill a slot at `now`, with the slots, by name; empty while an author is unknown."""
    return union(could(review, slots, bars, now, standing))


def could(
    review: Review, slots: Sequence[str], bars: Bars, now: datetime, standing: Sequence[Approval] = ()
) -> list[Capacity]:
    """Every capacity in which somebody may fill a slot at `now`, by name, the deputies after the others.

    Who sits already, or whose principal does, is not among them; nobody while an author is unknown.
    """
    if not author_known(bars):
        return []
    held: dict[User, set[str]] = {}
    grants = RoleGrant.objects.filter(
        Q(team=None) | Q(team=review.team_id),
        Q(user__signs_from=None) | Q(user__signs_from__lte=now),
        role__in=set(slots),
        revoked_at=None,
        counts_from__lte=now,
        user__is_active=True,
    )
    for grant in grants.select_related("user").order_by("user__name", "user_id"):
        held.setdefault(grant.user, set()).add(grant.role)
    named: list[tuple[User, Collection[str], Delegation | None]] = [(*one, None) for one in held.items()]
    named += [(d.deputy, {d.role}, d) for d in deputies.standing_in(now, team=review.team_id, roles=slots)]
    seated = seated_in(standing)
    found = [
        Capacity(person, slots_for(review, slots, bars, person, roles)[0], by)
        for person, roles, by in named
        if person.pk not in seated and not (by and by.principal_id in seated)
    ]
    return [one for one in found if one.may]


def who_can(
    review: Review, slot: int, proposal: Proposal | None = None, now: datetime | None = None
) -> list[User]:
    """The people who could fill the slot of the review's policy (or of the proposal), by name."""
    slots = proposal.request.slots if proposal else list(review.profile["policy"]["slots"])
    standing = proposal.request.live_approvals() if proposal else ()
    everyone = able(review, slots, bars_of(review, proposal), now or clock.now(), standing)
    return [person for person, may in everyone.items() if slot in may]


def may_propose(review: Review, person: User, held: Collection[str] | None = None) -> Requirement:
    """Whether the person may propose: the requester and release managers; `held`: their roles, if known."""
    held = roles_of(person, team=review.team_id) if held is None else held
    if person.is_active and (person.pk == review.requester_id or Role.RELEASE_MANAGER in held):
        return Met()
    return Unmet(say("Only the requester and release managers propose a decision."))


def may_refuse(review: Review, person: User, held: Collection[str] | None = None) -> Requirement:
    """Whether the person may record No-Go: who may propose, and every approver; `held`: as above."""
    held = roles_of(person, team=review.team_id) if held is None else held
    if may_propose(review, person, held) or not APPROVER_ROLES.isdisjoint(held):
        return Met()
    return Unmet(say("Only the requester, release managers and approvers record a No-Go."))


def _waiting(review: Review, person: User, slots: Sequence[str], now: datetime) -> Unmet | None:
    """From when the first of the person's roles here counts: the grant grown, and a recovery past."""
    here = Q(team=None) | Q(team=review.team_id)
    held = RoleGrant.objects.filter(here, user=person, role__in=set(slots), revoked_at=None)
    back = person.signs_from or now
    first = min(((max(grant.counts_from, back), grant.role) for grant in held), default=None)
    if first is None or first[0] <= now:
        return None
    when, role = first
    return Unmet(
        say("The role %(role)s of %(name)s counts for signing from %(when)s.",
            role=role_sentence(role), name=str(person), when=when.strftime("%Y-%m-%d %H:%M UTC"))
    )  # fmt: skip
