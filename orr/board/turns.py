"""Whose turn it is: the next action of a review for one person, as the list and their approvals show it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.core.cache import cache
from django.db.models import DateTimeField, Func, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from evidence.verdict import Verdict
from orr.accounts.models import APPROVER_ROLES, Role, User
from orr.board.moments import parse
from orr.board.portfolio import proposed
from orr.board.verdicts import rules_of
from orr.reviews.models import Review
from orr.reviews.states import State

OPEN = frozenset({Verdict.PENDING, Verdict.STALE, Verdict.ERROR})


class _ClockTimestamp(Func):
    function = "clock_timestamp"
    output_field = DateTimeField()


@dataclass(frozen=True)
class Reader:
    """A person as far as turns go: roles, author ids, the database's time, and when a review last changed."""

    id: Any
    roles: frozenset[str]
    signing: frozenset[str]
    authors: frozenset[str]
    now: datetime
    newest: datetime | None

    @property
    def leads(self) -> bool:
        """Whether they may lead any review."""
        return Role.RELEASE_MANAGER in self.roles


@dataclass(frozen=True)
class Turn:
    """The next action: whether it is this person's, its word, and where it is done."""

    mine: bool
    label: str
    url: str


def reader(user: Any) -> Reader:
    """The person with what turns depend on, and the database's time; one query."""
    live = Q(grants__revoked_at=None)
    row = User.objects.filter(pk=user.pk).annotate(
        moment=_ClockTimestamp(),
        newest=Subquery(Review.objects.order_by("-updated_at", "-id").values("updated_at")[:1]),
        held=ArrayAgg("grants__role", filter=live, distinct=True, default=[]),
        counting=ArrayAgg(
            "grants__role",
            filter=live & Q(grants__counts_from__lte=_ClockTimestamp()),
            distinct=True,
            default=[],
        ),
        authored=ArrayAgg(
            "author_ids__author_id", filter=Q(author_ids__isnull=False), distinct=True, default=[]
        ),
    )
    columns = ("moment", "held", "counting", "authored", "newest")
    moment, held, counting, authored, newest = row.values_list(*columns).get()
    return Reader(user.pk, frozenset(held), frozenset(counting), frozenset(authored), moment, newest)


def turn(review: Review, verdicts: Mapping[str, Verdict], who: Reader) -> Turn:
    """The next action of the review for this person."""
    code = {"code": review.code}
    leads = who.leads or review.requester_id == who.id
    counts = Counter(verdicts.values())
    state = State(review.state)
    board = Turn(False, _("Board"), reverse("board:review", kwargs=code))
    if state in (State.CHECKING, State.VOID):
        return _undecided(review, verdicts, counts, who, leads) or board
    if state is State.PROPOSED:
        return (
            Turn(True, _("Review and sign"), reverse("board:approve", kwargs=code))
            if may_sign(review, who)
            else board
        )
    if state is State.EFFECTIVE and _late(review.decision.valid_until, who.now):
        return board
    if state is State.EFFECTIVE:
        return Turn(leads, _("Start") if leads else _("Rollout"), reverse("board:rollout", kwargs=code))
    if state in (State.ROLLING_OUT, State.OBSERVING):
        over = state is State.OBSERVING and _over(review, who.now)
        return Turn(
            leads and over,
            _("Close") if leads and over else _("Rollout"),
            reverse("board:rollout", kwargs=code),
        )
    if state in (State.NO_GO, State.EXITED):
        return _owed(review, who, leads) or board
    if state is State.EXITING:
        return Turn(leads and review.exit_state != "running", _("Exit"), reverse("board:exit", kwargs=code))  # type: ignore[attr-defined]
    return board


def _owed(review: Review, who: Reader, leads: bool) -> Turn | None:
    """The analysis: its requester and release managers write it, a second person closes it."""
    owed: Mapping[str, Any] = review.rca or {"open": False}  # type: ignore[attr-defined]
    if not owed["open"]:
        return None
    url = reverse("board:rca", kwargs={"code": review.code})
    if not owed["recorded_at"]:
        return Turn(leads, _("Write the RCA") if leads else _("RCA"), url)
    may = who.leads or not who.roles.isdisjoint(APPROVER_ROLES)
    second = may and str(who.id) not in (owed["authors"] or [])
    return Turn(second, _("Close the RCA") if second else _("RCA"), url)


def _undecided(
    review: Review, verdicts: Mapping[str, Verdict], counts: Counter[Verdict], who: Reader, leads: bool
) -> Turn | None:
    code = {"code": review.code}
    if counts[Verdict.RED]:
        may = leads or not who.roles.isdisjoint(APPROVER_ROLES)
        return Turn(leads, _("Record No-Go"), reverse("board:decide", kwargs=code)) if may else None
    if not any(counts[verdict] for verdict in OPEN):
        return Turn(True, _("Decide"), reverse("board:decide", kwargs=code)) if leads else None
    item = next(
        (
            item
            for item, rule in rules_of(review).items.items()
            if rule.attest in who.roles and verdicts.get(item) in OPEN
        ),
        None,
    )
    if item is None:
        return None
    return Turn(
        True, _("State %(item)s") % {"item": item}, reverse("board:item", kwargs={**code, "item": item})
    )


def may_sign(review: Review, who: Reader) -> bool:
    """Whether an open seat waits for this person; the last word is the approve page's."""
    proposal: Mapping[str, Any] | None = review.proposal  # type: ignore[attr-defined]
    if not proposal or proposal["state"] != "open" or _late(proposal["approve_by"], who.now):
        return False
    signed = {row["slot"]: row["person"] for row in proposal["signed"] or []}
    involved = {str(review.requester_id), proposal["proposed_by"], *signed.values()}
    barred = str(who.id) in involved or review.edited  # type: ignore[attr-defined]
    authors = {author["id"] for author in review.body.get("authors") or []}
    open_seats = {role for index, role in enumerate(proposal["slots"] or []) if index not in signed}
    return not barred and who.authors.isdisjoint(authors) and not open_seats.isdisjoint(who.signing)


def _late(until: Any, now: datetime) -> bool:
    at = parse(until)
    return at is not None and now >= at


def _over(review: Review, now: datetime) -> bool:
    rollout = getattr(review, "rollout", None)
    return bool(rollout and rollout.observation_until and now >= rollout.observation_until)


def waiting_for(user: Any) -> int:
    """How many live proposals wait for this person's signature, as of at most 15 s ago."""
    known: int | None = cache.get(f"waiting:{user.pk}")
    if known is None:
        who = reader(user)
        known = sum(may_sign(review, who) for review in proposed(user))
        cache.set(f"waiting:{user.pk}", known, 15)
    return known
