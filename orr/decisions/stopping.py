"""Who may reject or cancel a proposal: by a role of their own, or as a deputy by their principal's."""

from collections.abc import Collection
from uuid import UUID

from approvals import deputies
from approvals.actions import seated_in
from approvals.models import State
from approvals.stopping import Right, right
from orr.accounts.models import User
from orr.accounts.roles import roles_of
from orr.decisions.models import Proposal
from orr.lib import clock
from orr.lib.met import Met, Requirement, Unmet
from orr.lib.sentence import say
from orr.reviews.models import Review


def right_to(
    state: State, review: Review, proposal: Proposal, person: User, wanted: UUID | None = None
) -> Right:
    """In whose right the person may reject (`State.REJECTED`) or cancel (`State.CANCELLED`), or why not.

    `wanted`: the principal for whom a deputy would, where they stand in for several.
    """
    roles = _roles(state, review, proposal)
    own = (_may_reject if state == State.REJECTED else _may_cancel)(review, proposal, person, roles)
    if not person.is_active:
        return Right(own)
    return right(
        own,
        lambda: deputies.standing_in(clock.now(), team=review.team_id, roles=roles, deputy=person.pk),
        wanted,
    )


def may_reject(review: Review, proposal: Proposal, person: User) -> Requirement:
    """Whether the person may reject: who holds the role of a slot, or a veto, and their deputies."""
    return right_to(State.REJECTED, review, proposal, person).requirement


def may_cancel(review: Review, proposal: Proposal, person: User) -> Requirement:
    """Whether the person may cancel: requester, proposer, signers, the veto and its deputies."""
    return right_to(State.CANCELLED, review, proposal, person).requirement


def _roles(state: State, review: Review, proposal: Proposal) -> set[str]:
    """The roles that allow it by themselves."""
    slots = proposal.request.slots if state == State.REJECTED else []
    return {*slots, *review.profile["policy"]["veto"]}


def _may_reject(review: Review, _proposal: Proposal, person: User, roles: Collection[str]) -> Requirement:
    if roles_of(person, team=review.team_id).isdisjoint(roles):
        return Unmet(say("Only those in whose role a slot is, or who hold a veto, reject a proposal."))
    return Met()


def _may_cancel(review: Review, proposal: Proposal, person: User, roles: Collection[str]) -> Requirement:
    """Of a deputy's signature both are signers: the seat is the principal's too."""
    signed = seated_in(proposal.request.live_approvals())
    own = person.pk in signed | {review.requester_id, proposal.proposed_by_id}
    if person.is_active and (own or not roles_of(person, team=review.team_id).isdisjoint(roles)):
        return Met()
    return Unmet(say("Only the requester, the proposer, the signers and who holds a veto cancel a proposal."))
