"""Everything that waits for one person across reviews: the one list behind My approvals and its number.

Another kind of duty is one more function in `KINDS`; what would be refused on arrival is no duty.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.core.cache import cache
from django.urls import reverse
from django.utils.translation import gettext as _

from evidence.verdict import Verdict
from orr.accounts.models import User
from orr.accounts.roles import role_title
from orr.board import owed, verdicts
from orr.board.desk import Desk, Duty
from orr.board.live_proposals import Live
from orr.board.words import titled
from orr.decisions.stopping import may_cancel
from orr.policies import actions as policies
from orr.reviews import sight
from orr.reviews.models import Review
from orr.reviews.states import State

OPEN = frozenset({Verdict.PENDING, Verdict.STALE, Verdict.ERROR})
UNDECIDED = (State.CHECKING, State.VOID)
MOST = 200


def duties(desk: Desk) -> list[Duty]:
    """Everything that waits for the person, the soonest deadline first."""
    found = [duty for kind in KINDS for duty in kind(desk)]
    return sorted(found, key=lambda duty: (duty.until is None, duty.until or desk.now, duty.code))


def waiting_for(person: User) -> int:
    """How much waits for the person, as of at most 15 s ago."""
    known: int | None = cache.get(f"waiting:{person.pk}")
    return remember(person, len(duties(Desk(person)))) if known is None else known


def remember(person: User, count: int) -> int:
    """Keep the number for the navigation, so that it says what the page said last."""
    cache.set(f"waiting:{person.pk}", count, 15)
    return count


def signatures(desk: Desk) -> Iterator[Duty]:
    """The proposals with a seat that is open to the person, in their own right or as a deputy."""
    for one in desk.live:
        if one.capacities:
            principal = one.capacities[0].principal
            query = f"?for={principal.pk}" if principal else ""
            yield Duty(
                kind="sign", code=one.review.code, title=titled(one.review), about=_about(one.review),
                url=reverse("board:approve", kwargs={"code": one.review.code}) + query,
                label=_("Review and sign"), until=one.proposal.approve_by,
                word=_("your signature starts the timelock") if _last(one) else "",
                note=_("The oath names for whom you sign.") if principal else "", seats=_seats(one),
            )  # fmt: skip


def statements(desk: Desk) -> Iterator[Duty]:
    """The items of undecided reviews that wait for a statement of a role the person holds."""
    roles = {role for role, _team in desk.grants}
    rows = Review.objects.filter(sight.within(desk.sight), state__in=UNDECIDED)
    rows = rows.select_related("change_set").defer("profile")
    reviews = list(rows.order_by("-updated_at", "-id")[:MOST]) if roles else []
    judged = verdicts.of_all(reviews, desk.now)
    for review in reviews:
        held = {role for role, team in desk.grants if team in (None, review.team_id)}
        for item, rule in verdicts.rules_of(review).items.items():
            if rule.attest in held and judged[review.code][0].get(item) in OPEN:
                yield Duty(
                    kind="state", code=review.code, title=titled(review), about=_about(review),
                    url=reverse("board:item", kwargs={"code": review.code, "item": item}),
                    label=_("State %(item)s") % {"item": item}, until=None,
                    word=_("a statement of %(role)s") % {"role": role_title(str(rule.attest))},
                )  # fmt: skip


def weaker_policies(desk: Desk) -> Iterator[Duty]:
    """The weaker policies with a seat that is open to the person."""
    for row in policies.waiting_for(desk.person):
        yield Duty(
            kind="policy", code=row.name, title=_("Weaker policy %(name)s") % {"name": row.name},
            about=_("proposed by %(name)s") % {"name": str(row.proposed_by)},
            url=reverse("board:profile", kwargs={"profile": row.name}) + "#signatures",
            label=_("Review and sign"), until=row.request.approve_by if row.request else None, word="",
        )  # fmt: skip


KINDS: tuple[Callable[[Desk], Iterator[Duty]], ...] = (
    signatures,
    weaker_policies,
    owed.second_looks,
    owed.analyses,
    owed.grants,
    statements,
)


def timelocks(desk: Desk) -> list[dict[str, Any]]:
    """The running timelocks that the person can still stop: their own, by a veto, or as a deputy."""
    return [
        {
            "code": one.review.code,
            "title": titled(one.review),
            "ready_at": one.proposal.request.filled_at + one.proposal.request.delay,
            "signed": one.signed_by_me,
        }
        for one in desk.live
        if one.proposal.request.filled_at and may_cancel(one.review, one.proposal, desk.person)
    ]


def _about(review: Review) -> str:
    return f"{review.code} · {review.environment}"


def _last(one: Live) -> bool:
    return len(one.slots) - len(one.hands.standing) == 1


def _seats(one: Live) -> list[dict[str, Any]]:
    """The seats: signed, mine to fill (for whom), or waiting."""
    signed = {approval.slot for approval in one.hands.standing}
    mine = {slot: capacity.principal for capacity in reversed(one.capacities) for slot in capacity.may}
    return [
        {
            "title": role_title(seat.role),
            "signed": seat.index in signed,
            "mine": seat.index in mine,
            "principal": str(mine.get(seat.index) or ""),
        }
        for seat in one.slots
    ]
