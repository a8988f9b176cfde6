"""Whose turn it is: the next action of a review for one person, as the list and their approvals show it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import DateTimeField, Func, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject
from django.urls import reverse
from django.utils.translation import gettext as _

from approvals import deputies
from evidence.verdict import Verdict
from orr.accounts.models import APPROVER_ROLES, Role, User
from orr.board.verdicts import rules_of
from orr.reviews.models import Review
from orr.reviews.states import State

OPEN = frozenset({Verdict.PENDING, Verdict.STALE, Verdict.ERROR})


class _ClockTimestamp(Func):
    function = "clock_timestamp"
    output_field = DateTimeField()


@dataclass(frozen=True)
class Reader:
    """A person as far as turns go: roles, author ids, the database's time, and when a review last changed.

    `deputed`: for whom they stand in, each with role, team and principal.
    """

    id: Any
    roles: frozenset[str]
    signing: frozenset[str]
    authors: frozenset[str]
    now: datetime
    newest: datetime | None
    deputed: tuple[Mapping[str, Any], ...] = ()

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
    stands_in = deputies.in_force(_ClockTimestamp(), team=None).filter(deputy=OuterRef("pk")).values("deputy")
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
        stands_in=Subquery(
            stands_in.annotate(
                all=ArrayAgg(JSONObject(role="role", team="team", principal="principal"))
            ).values("all")
        ),
        authored=ArrayAgg(
            "author_ids__author_id", filter=Q(author_ids__isnull=False), distinct=True, default=[]
        ),
    )
    columns = ("moment", "held", "counting", "authored", "newest", "stands_in")
    moment, held, counting, authored, newest, deputed = row.values_list(*columns).get()
    return Reader(
        user.pk,
        frozenset(held),
        frozenset(counting),
        frozenset(authored),
        moment,
        newest,
        tuple(deputed or ()),
    )


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
    if state is State.EFFECTIVE:
        return Turn(leads, _("Start") if leads else _("Rollout"), reverse("board:rollout", kwargs=code))
    if state in (State.ROLLING_OUT, State.OBSERVING):
        over = state is State.OBSERVING and _over(review, who.now)
        return Turn(
            leads and over,
            _("Close") if leads and over else _("Rollout"),
            reverse("board:rollout", kwargs=code),
        )
    if state is State.EXITING:
        return Turn(leads and review.exit_state != "running", _("Exit"), reverse("board:exit", kwargs=code))  # type: ignore[attr-defined]
    return board


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
    if not proposal or proposal["state"] != "open":
        return False
    signed = {row["slot"] for row in proposal["signed"] or []}
    seated = {row[name] for row in proposal["signed"] or [] for name in ("person", "principal") if row[name]}
    involved = {str(review.requester_id), proposal["proposed_by"], *seated}
    barred = str(who.id) in involved or review.edited  # type: ignore[attr-defined]
    authors = {author["id"] for author in review.body.get("authors") or []}
    open_seats = {role for index, role in enumerate(proposal["slots"] or []) if index not in signed}
    roles = who.signing | {
        one["role"]
        for one in who.deputed
        if one["principal"] not in seated and one["team"] in (None, str(review.team_id))
    }
    return not barred and who.authors.isdisjoint(authors) and not open_seats.isdisjoint(roles)


def _over(review: Review, now: datetime) -> bool:
    rollout = getattr(review, "rollout", None)
    return bool(rollout and rollout.observation_until and now >= rollout.observation_until)
