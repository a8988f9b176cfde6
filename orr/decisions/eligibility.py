"""Who may sign what: roles that count, and the bars of those who had a hand in the change.

Nobody signs who requested or proposed, who edited the change set, who is among its authors, or who
attested evidence in the gate area of that slot. An author who is matched to no person blocks everyone.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from approvals.actions import TOO_LATE, ended
from approvals.models import State
from evidence.models import Evidence
from orr.accounts.models import APPROVER_ROLES, AuthorMapping, Role, RoleGrant, User
from orr.accounts.roles import role_sentence, roles_of
from orr.decisions.models import Proposal
from orr.lib import clock
from orr.lib.met import Met, Requirement, Unmet
from orr.lib.sentence import Sentence, say
from orr.reviews.models import Review


@dataclass(frozen=True)
class Bars:
    """Who had a hand in a change: person ids, authors that map to nobody, attested items by person."""

    requester: UUID
    proposer: UUID | None
    editors: frozenset[UUID]
    authors: frozenset[UUID]
    unmapped: tuple[str, ...]
    attested: Mapping[UUID, frozenset[str]]


def bars_of(review: Review, proposal: Proposal | None) -> Bars:
    """The bars of a review as they stand now. Three queries."""
    authors = {author["id"]: author["name"] for author in review.body.get("authors") or []}
    mapped = dict(AuthorMapping.objects.filter(author_id__in=authors).values_list("author_id", "user_id"))
    attested: dict[UUID, set[str]] = {}
    statements = Evidence.objects.filter(subject=review.code, attested_by__isnull=False)
    for who, item in statements.values_list("attested_by", "item"):
        if who is not None:
            attested.setdefault(who, set()).add(item)
    return Bars(
        requester=review.requester_id,
        proposer=proposal.proposed_by_id if proposal else None,
        editors=frozenset(review.editors.values_list("person_id", flat=True)),
        authors=frozenset(mapped.values()),
        unmapped=tuple(sorted(f"{authors[key]} ({key})" for key in authors if key not in mapped)),
        attested={who: frozenset(items) for who, items in attested.items()},
    )


def author_known(bars: Bars) -> Requirement:
    """Whether every author of the change set is matched to a person."""
    if not bars.unmapped:
        return Met()
    missing = ", ".join(bars.unmapped)
    return Unmet(say("Nobody can sign until the author %(author)s is matched to a person.", author=missing))


def apart(bars: Bars, person: User) -> Requirement:
    """Whether the person had no part in the change that keeps them from every slot."""
    if person.pk == bars.requester:
        return Unmet(say("%(name)s requested this review and cannot sign it.", name=str(person)))
    if person.pk == bars.proposer:
        return Unmet(say("%(name)s made this proposal and cannot sign it.", name=str(person)))
    if person.pk in bars.authors:
        return Unmet(say("%(name)s is an author of this change and cannot sign it.", name=str(person)))
    if person.pk in bars.editors:
        return Unmet(say("%(name)s edited this change set and cannot sign it.", name=str(person)))
    return Met()


def slots_for(
    review: Review, slots: Sequence[str], bars: Bars, person: User, roles: Collection[str]
) -> tuple[tuple[int, ...], Requirement]:
    """The slot indexes that the person may fill in the given roles; where none, why."""
    general = apart(bars, person)
    if isinstance(general, Unmet):
        return (), general
    held = [index for index, role in enumerate(slots) if role in roles]
    if not held:
        wanted = _joined([role_sentence(role) for role in dict.fromkeys(slots)])
        lacking = say(
            "This takes the role %(roles)s; %(name)s does not hold it.", roles=wanted, name=str(person)
        )
        return (), Unmet(lacking)
    free = tuple(index for index in held if not attested_in(review, slots[index], bars, person))
    if free:
        return free, Met()
    items = sorted({item for index in held for item in attested_in(review, slots[index], bars, person)})
    named = ", ".join(items)
    return (), Unmet(
        say("%(name)s attested %(items)s and cannot sign for that gate.", name=str(person), items=named)
    )


def attested_in(review: Review, role: str, bars: Bars, person: User) -> frozenset[str]:
    """The items the person attested in the gates that the role answers for."""
    gates = {gate for gate, answering in review.profile["policy"]["gate_roles"].items() if answering == role}
    return frozenset(item for item in bars.attested.get(person.pk, ()) if item[1:2] in gates)


def may_sign(review: Review, proposal: Proposal, person: User, now: datetime | None = None) -> Requirement:
    """Whether the person may sign the proposal in some open slot, or why not."""
    now = now or clock.now()
    request = proposal.request
    if request.state != State.OPEN:
        return Unmet(ended(request))
    if not request.standing(now).may_sign:
        return Unmet(TOO_LATE)
    bars = bars_of(review, proposal)
    known = author_known(bars)
    if isinstance(known, Unmet):
        return known
    may, requirement = slots_for(
        review, request.slots, bars, person, roles_of(person, now, team=review.team_id)
    )
    if isinstance(requirement, Unmet):
        young = _waiting(person, request.slots, now) if apart(bars, person) else None
        return requirement if young is None else young
    standing = request.live_approvals()
    if any(approval.person_id == person.pk for approval in standing):
        return Unmet(say("%(name)s has signed this proposal.", name=str(person)))
    if not set(may) - {approval.slot for approval in standing}:
        return Unmet(say("Every slot that %(name)s could fill is filled.", name=str(person)))
    return Met()


def able(review: Review, slots: Sequence[str], bars: Bars, now: datetime) -> dict[User, tuple[int, ...]]:
    """Everyone who may fill a slot at `now`, with the slots, by name; empty while an author is unknown."""
    if not author_known(bars):
        return {}
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
    found = {person: slots_for(review, slots, bars, person, roles)[0] for person, roles in held.items()}
    return {person: may for person, may in found.items() if may}


def who_can(
    review: Review, slot: int, proposal: Proposal | None = None, now: datetime | None = None
) -> list[User]:
    """The people who could fill the slot of the review's policy (or of the proposal), by name."""
    slots = proposal.request.slots if proposal else list(review.profile["policy"]["slots"])
    everyone = able(review, slots, bars_of(review, proposal), now or clock.now())
    return [person for person, may in everyone.items() if slot in may]


def may_propose(review: Review, person: User) -> Requirement:
    """Whether the person may propose: the requester and release managers."""
    held = roles_of(person, team=review.team_id)
    if person.is_active and (person.pk == review.requester_id or Role.RELEASE_MANAGER in held):
        return Met()
    return Unmet(say("Only the requester and release managers propose a decision."))


def may_refuse(review: Review, person: User) -> Requirement:
    """Whether the person may record No-Go: who may propose, and every approver."""
    held = roles_of(person, team=review.team_id)
    if may_propose(review, person) or not held.isdisjoint(APPROVER_ROLES):
        return Met()
    return Unmet(say("Only the requester, release managers and approvers record a No-Go."))


def may_reject(review: Review, proposal: Proposal, person: User) -> Requirement:
    """Whether the person may reject the proposal: who holds the role of a slot, or a veto."""
    held = roles_of(person, team=review.team_id)
    if held.isdisjoint({*proposal.request.slots, *review.profile["policy"]["veto"]}):
        return Unmet(say("Only those in whose role a slot is, or who hold a veto, reject a proposal."))
    return Met()


def may_cancel(review: Review, proposal: Proposal, person: User) -> Requirement:
    """Whether the person may cancel: requester, proposer, anyone whose signature stands, the veto role."""
    signed = {approval.person_id for approval in proposal.request.live_approvals()}
    own = person.pk in signed | {review.requester_id, proposal.proposed_by_id}
    held = roles_of(person, team=review.team_id)
    if person.is_active and (own or not held.isdisjoint(review.profile["policy"]["veto"])):
        return Met()
    return Unmet(say("Only the requester, the proposer, the signers and who holds a veto cancel a proposal."))


def _waiting(person: User, slots: Sequence[str], now: datetime) -> Unmet | None:
    young = RoleGrant.objects.filter(user=person, role__in=set(slots), revoked_at=None, counts_from__gt=now)
    grant = young.order_by("counts_from").first() if person.is_active else None
    if grant is None:
        return None
    when = grant.counts_from.strftime("%Y-%m-%d %H:%M UTC")
    return Unmet(
        say("The role %(role)s of %(name)s counts for signing from %(when)s.",
            role=role_sentence(grant.role), name=str(person), when=when)
    )  # fmt: skip


def _joined(parts: Sequence[Sentence]) -> Sentence:
    joined = parts[0]
    for part in parts[1:]:
        joined = say("%(first)s or %(second)s", first=joined, second=part)
    return joined
