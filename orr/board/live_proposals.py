"""Every live proposal as it is for one person: as many queries for one of them as for all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch

from approvals import deputies
from approvals.models import Approval, Slot
from evidence.vouching import vouched
from orr.accounts.membership import Sight
from orr.accounts.models import RoleGrant, User
from orr.decisions.bars import hands_in, mapped_authors
from orr.decisions.eligibility import Bars, Capacity, Hands, offers
from orr.decisions.models import Proposal
from orr.reviews import sight
from orr.reviews.models import Editor, Review

MOST = 200


@dataclass(frozen=True)
class Live:
    """A live proposal and one person's hands on it; `capacities` are the seats open to them, if any."""

    review: Review
    proposal: Proposal
    slots: Sequence[Slot]
    hands: Hands
    capacities: Sequence[Capacity]
    person: User

    @property
    def signed_by_me(self) -> bool:
        """Whether the person's own signature stands on it."""
        return any(one.person_id == self.person.pk for one in self.hands.standing)


def live_proposals(person: User, now: datetime, seen: Sight) -> list[Live]:
    """The proposals in sight whose deadline is ahead, the soonest first, as they are for the person."""
    found = list(_proposals(now, seen))
    reviews = [one.review for one in found]
    known = _Known(person, reviews, now)
    return [_live(one, person, known, now) for one in found]


def _proposals(now: datetime, seen: Sight) -> Iterable[Proposal]:
    standing = Approval.objects.filter(withdrawn_at=None).select_related("person", "on_behalf_of")
    return (
        Proposal.objects.filter(
            review__in=Review.objects.filter(sight.within(seen)), state="open", approve_by__gt=now
        )
        .select_related("request", "review__change_set", "proposed_by", "review__requester")
        .prefetch_related(
            Prefetch("request__approvals", queryset=standing.order_by("slot"), to_attr="standing_approvals"),
            Prefetch("request__slot_rows", queryset=Slot.objects.order_by("index"), to_attr="seats"),
        )
        .order_by("approve_by", "pk")[:MOST]
    )


class _Known:
    """What is asked once for all reviews: edits, authors, statements, grants, delegations."""

    def __init__(self, person: User, reviews: Sequence[Review], now: datetime) -> None:
        codes = {review.code: review.pk for review in reviews}
        edits = Editor.objects.filter(review__in=codes.values(), person=person)
        self.edited = frozenset(edits.values_list("review_id", flat=True))
        authors = {one["id"] for review in reviews for one in review.body.get("authors") or []}
        self.mapped = mapped_authors(authors)
        self.words = vouched(codes, person.pk)
        grown = person.is_active and (person.signs_from is None or person.signs_from <= now)
        grants = RoleGrant.objects.filter(user=person, revoked_at=None, counts_from__lte=now)
        self.grants = list(grants.values_list("role", "team_id")) if grown else []
        teams = {review.team_id for review in reviews}
        self.deputed = deputies.in_teams(now, deputy=person, teams=teams)

    def roles(self, team: UUID | None) -> frozenset[str]:
        """The person's roles that count in reviews of that team."""
        return frozenset(role for role, place in self.grants if place in (None, team))


def _live(proposal: Proposal, person: User, known: _Known, now: datetime) -> Live:
    review, request = proposal.review, proposal.request
    authors = {one["id"]: one["name"] for one in review.body.get("authors") or []}
    hands = Hands(
        slots=[seat.role for seat in request.seats],  # type: ignore[attr-defined]
        standing=request.standing_approvals,  # type: ignore[attr-defined]
        bars=Bars(
            requester=review.requester_id,
            proposer=proposal.proposed_by_id,
            editors=frozenset({person.pk}) if review.pk in known.edited else frozenset(),
            authors=frozenset(known.mapped[key].user_id for key in authors if key in known.mapped),
            mappers=hands_in(known.mapped[key] for key in authors if key in known.mapped),
            unmapped=tuple(sorted(f"{authors[key]} ({key})" for key in authors if key not in known.mapped)),
            attested=known.words[review.code].stated,
            sent=known.words[review.code].sent,
        ),
        roles=known.roles(review.team_id),
        deputed=[one for one in known.deputed[review.team_id] if one.role in _roles(request.seats)],  # type: ignore[attr-defined]
    )
    capacities, _why = offers(review, request, person, hands, now)
    return Live(review, proposal, request.seats, hands, capacities, person)  # type: ignore[attr-defined]


def _roles(seats: Sequence[Slot]) -> set[str]:
    return {seat.role for seat in seats}
