"""Whose turn it is: the next action of a review for one person, as the list and their approvals show it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import DateTimeField, F, FloatField, Func, Subquery
from django.db.models.functions import JSONObject
from django.urls import reverse
from django.utils.translation import gettext as _

from approvals import deputies
from evidence.verdict import Verdict
from orr.accounts import membership
from orr.accounts.membership import NOTHING, Sight
from orr.accounts.models import APPROVER_ROLES, AuthorMapping, Role, RoleGrant, User
from orr.board.moments import parse
from orr.board.verdicts import rules_of
from orr.reviews.models import Review
from orr.reviews.states import State

EVERYWHERE = ""
OPEN = frozenset({Verdict.PENDING, Verdict.STALE, Verdict.ERROR})


class _ClockTimestamp(Func):
    function = "clock_timestamp"
    output_field = DateTimeField()


@dataclass(frozen=True)
class Reader:
    """A person as far as turns go: roles by team, author ids, how far they see, the database's time.

    `deputed`: for whom they stand in, each with role, team and principal.
    """

    id: Any
    held: frozenset[tuple[str, str]]
    counting: frozenset[tuple[str, str]]
    authors: frozenset[str]
    now: datetime
    newest: datetime | None
    sight: Sight
    deputed: tuple[Mapping[str, Any], ...] = ()

    @property
    def roles(self) -> frozenset[str]:
        """The roles they hold anywhere."""
        return frozenset(role for role, _team in self.held)

    def roles_in(self, team: UUID | None) -> frozenset[str]:
        """The roles they hold everywhere or in that team."""
        return _in(self.held, team)

    def signs_in(self, team: UUID | None) -> frozenset[str]:
        """Of these, the ones that count for signing now."""
        return _in(self.counting, team)

    def leads(self, review: Review) -> bool:
        """Whether they may lead the review."""
        return review.requester_id == self.id or Role.RELEASE_MANAGER in self.roles_in(review.team_id)


@dataclass(frozen=True)
class Turn:
    """The next action: whether it is this person's, its word, and where it is done."""

    mine: bool
    label: str
    url: str


def reader(user: Any) -> Reader:
    """The person with what turns depend on, and the database's time; one query."""
    grants = RoleGrant.objects.filter(user=user.pk, revoked_at=None).order_by("id")
    told = JSONObject(role="role", team="team", since=_epoch("counts_from"))
    stands_in = deputies.in_force(_ClockTimestamp(), team=None).filter(deputy=user.pk)
    row = User.objects.filter(pk=user.pk).annotate(
        moment=_ClockTimestamp(),
        newest=Subquery(Review.objects.order_by("-updated_at", "-id").values("updated_at")[:1]),
        held=ArraySubquery(grants.values(told=told)),
        teams=ArraySubquery(membership.rights_of(user).values("content_object")),
        authored=ArraySubquery(AuthorMapping.objects.filter(user=user.pk).values("author_id")),
        stands_in=ArraySubquery(
            stands_in.values(told=JSONObject(role="role", team="team", principal="principal"))
        ),
    )
    moment, newest, held, teams, authored, deputed = row.values_list(
        "moment", "newest", "held", "teams", "authored", "stands_in"
    ).get()
    at, from_ = moment.timestamp(), user.signs_from
    counting = [one for one in held if one["since"] <= at] if from_ is None or from_ <= moment else []
    everywhere = any(one["team"] is None for one in held)
    seen = Sight(user.pk, everywhere, frozenset(teams)) if user.is_active else NOTHING
    return Reader(
        user.pk, _pairs(held), _pairs(counting), frozenset(authored), moment, newest, seen, tuple(deputed)
    )


def _epoch(column: str) -> Func:
    return Func(F(column), template="extract(epoch from %(expressions)s)", output_field=FloatField())


def _pairs(grants: Iterable[Mapping[str, Any]]) -> frozenset[tuple[str, str]]:
    return frozenset((one["role"], one["team"] or EVERYWHERE) for one in grants)


def _in(pairs: frozenset[tuple[str, str]], team: UUID | None) -> frozenset[str]:
    return frozenset(role for role, where in pairs if where in {EVERYWHERE, str(team)})


def turn(review: Review, verdicts: Mapping[str, Verdict], who: Reader) -> Turn:
    """The next action of the review for this person."""
    code = {"code": review.code}
    leads = who.leads(review)
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
    held = who.roles_in(review.team_id)
    may = Role.RELEASE_MANAGER in held or not held.isdisjoint(APPROVER_ROLES)
    second = may and str(who.id) not in (owed["authors"] or [])
    return Turn(second, _("Close the RCA") if second else _("RCA"), url)


def _undecided(
    review: Review, verdicts: Mapping[str, Verdict], counts: Counter[Verdict], who: Reader, leads: bool
) -> Turn | None:
    code = {"code": review.code}
    if counts[Verdict.RED]:
        may = leads or not who.roles_in(review.team_id).isdisjoint(APPROVER_ROLES)
        return Turn(leads, _("Record No-Go"), reverse("board:decide", kwargs=code)) if may else None
    if not any(counts[verdict] for verdict in OPEN):
        return Turn(True, _("Decide"), reverse("board:decide", kwargs=code)) if leads else None
    item = next(
        (
            item
            for item, rule in rules_of(review).items.items()
            if rule.attest in who.roles_in(review.team_id) and verdicts.get(item) in OPEN
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
    signed = {row["slot"] for row in proposal["signed"] or []}
    seated = {row[name] for row in proposal["signed"] or [] for name in ("person", "principal") if row[name]}
    involved = {str(review.requester_id), proposal["proposed_by"], *seated}
    barred = str(who.id) in involved or review.edited  # type: ignore[attr-defined]
    authors = {author["id"] for author in review.body.get("authors") or []}
    open_seats = {role for index, role in enumerate(proposal["slots"] or []) if index not in signed}
    roles = who.signs_in(review.team_id) | {
        one["role"]
        for one in who.deputed
        if one["principal"] not in seated and one["team"] in (None, str(review.team_id))
    }
    return not barred and who.authors.isdisjoint(authors) and not open_seats.isdisjoint(roles)


def _late(until: Any, now: datetime) -> bool:
    at = parse(until)
    return at is not None and now >= at


def _over(review: Review, now: datetime) -> bool:
    rollout = getattr(review, "rollout", None)
    return bool(rollout and rollout.observation_until and now >= rollout.observation_until)
