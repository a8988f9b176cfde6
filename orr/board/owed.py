"""What a person owes besides signatures: second looks, analyses, and roles to consent to."""

from collections.abc import Iterator, Sequence

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from orr.accounts.models import Role, RoleGrant
from orr.accounts.roles import ACTING_ROLES, role_title
from orr.board.desk import Desk, Duty
from orr.board.words import titled
from orr.decisions import debts
from orr.decisions.models import Debt, Rca, RcaReturn, RcaRevision
from orr.reviews import sight
from orr.reviews.models import Review
from orr.reviews.states import State


def second_looks(desk: Desk) -> Iterator[Duty]:
    """The break-glass decisions that nobody looked at again and that the person had no part in."""
    rows = Debt.objects.filter(second_look=None, decision__review__in=_seen(desk)).order_by("due_at", "pk")
    for debt in debts.open_to(rows, desk.person, desk.counting):
        review = debt.decision.review
        named = ", ".join(debt.items) or _("the timelock alone")
        yield Duty(
            kind="look", code=review.code, title=titled(review),
            about=f"{review.code} · {review.environment}",
            url=reverse("board:second_look", kwargs={"code": review.code}), label=_("Look again"),
            until=debt.due_at, word=_("break-glass, passed by name: %(items)s") % {"items": named},
        )  # fmt: skip


def analyses(desk: Desk) -> Iterator[Duty]:
    """The open analyses: to be written by who leads the review, to be closed by a second person."""
    rows = Rca.objects.filter(closed_at=None, review__in=_seen(desk)).exclude(review__state=State.EXITING)
    first = {row.review_id: row for row in reversed(rows.select_related("review").order_by("due_at", "pk"))}
    wrote = _wrote(desk, list(first.values()))
    returned = _returned([row for row in first.values() if row.recorded_at is None])
    for row in first.values():
        if row.recorded_at is None and _writes(desk, row, wrote):
            reason = returned.get(row.pk, "")
            word = _("sent back: “%(reason)s”") % {"reason": reason} if reason else ""
            yield _analysis(row, _("Write the RCA"), word, until=True)
        elif row.recorded_at and row.pk not in wrote and ACTING_ROLES & desk.counting(row.review.team_id):
            yield _analysis(row, _("Close the RCA"), _("read it and close it, as the second person"))


def grants(desk: Desk) -> Iterator[Duty]:
    """The roles that wait for the person as the second administrator."""
    if Role.ADMIN not in desk.counting(None):
        return
    waiting = RoleGrant.objects.filter(revoked_at=None, user__is_active=True, counts_from__gt=desk.now)
    others = waiting.exclude(granted_by=desk.person).exclude(user=desk.person)
    for grant in others.select_related("user", "team", "granted_by").order_by("counts_from", "pk"):
        held = {"role": role_title(grant.role), "name": str(grant.user)}
        by = _("given by %(name)s") % {"name": str(grant.granted_by or "")}
        yield Duty(
            kind="grant", code=grant.user.username, title=_("%(role)s for %(name)s") % held,
            about=f"{grant.team.name} · {by}" if grant.team else by,
            url=reverse("board:people") + "#waiting", label=_("Consent"),
            until=grant.counts_from, word=_("without your consent it counts from then"),
        )  # fmt: skip


def _seen(desk: Desk) -> QuerySet[Review]:
    return Review.objects.filter(sight.within(desk.sight))


def _wrote(desk: Desk, rows: Sequence[Rca]) -> set[int]:
    """The analyses of which the person wrote some text."""
    mine = RcaRevision.objects.filter(rca__in=rows, marks_only=False, by=desk.person)
    return set(mine.values_list("rca", flat=True)) if rows else set()


def _returned(rows: Sequence[Rca]) -> dict[int, str]:
    """Why each was sent back the last time, where it was."""
    sent = RcaReturn.objects.filter(revision__rca__in=rows).order_by("revision__number")
    return dict(sent.values_list("revision__rca", "reason")) if rows else {}


def _writes(desk: Desk, row: Rca, wrote: set[int]) -> bool:
    """Whether it waits for the person: who requested the review, leads releases there, or began to write."""
    team = row.review.team_id
    leads = any(role == Role.RELEASE_MANAGER and where in (None, team) for role, where in desk.grants)
    return row.review.requester_id == desk.person.pk or leads or row.pk in wrote


def _analysis(row: Rca, label: str, word: str, *, until: bool = False) -> Duty:
    review = row.review
    return Duty(
        kind="rca", code=review.code, title=titled(review), about=f"{review.code} · {review.environment}",
        url=reverse("board:rca", kwargs={"code": review.code}), label=label,
        until=row.due_at if until else None, word=word,
    )  # fmt: skip
