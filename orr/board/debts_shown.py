"""The register of break-glass: every use, what it passed, and whether its second look was taken in time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import BooleanField, Case, ExpressionWrapper, F, Q, When
from django.utils.translation import gettext as _

from orr.accounts.membership import Sight
from orr.board.words import titled
from orr.decisions.models import Debt
from orr.reports.course import told
from orr.reviews import sight
from orr.reviews.models import Review

PAGE = 50
WINDOW = timedelta(days=90)
KINDS = ("overdue", "owed", "looked")


def register(now: datetime, seen: Sight, kind: str = "", page: str = "") -> dict[str, Any]:
    """A page of the uses in sight, of a kind or all: what is owed by its due time, then what is closed."""
    found = Debt.objects.filter(decision__review__in=Review.objects.filter(sight.within(seen)))
    kinds = {
        "": found,
        "overdue": found.filter(second_look=None, due_at__lte=now),
        "owed": found.filter(second_look=None),
        "looked": found.exclude(second_look=None),
    }
    counts = {name: rows.count() for name, rows in kinds.items()}
    shown = Paginator(kinds[kind].select_related(*RELATED).order_by(*ORDER), PAGE).get_page(page)
    return {
        "rows": [_row(debt, now) for debt in shown],
        "recent": found.filter(opened_at__gt=now - WINDOW).count(),
        "overdue": counts["overdue"],
        "owed": counts["owed"],
        "counts": counts,
        "kind": kind,
        "page": shown.number,
        "pages": shown.paginator.num_pages,
    }


RELATED = (
    "decision__review",
    "decision__proposal__proposed_by",
    "decision__proposal__request",
    "second_look__by",
)
# What is owed stands first, the soonest due before the others; then what was looked at, the newest first.
ORDER = (
    ExpressionWrapper(Q(second_look=None), output_field=BooleanField()).desc(),
    Case(When(second_look=None, then="due_at")),
    F("opened_at").desc(),
    F("pk").desc(),
)


def _row(debt: Debt, now: datetime) -> dict[str, Any]:
    proposal, review = debt.decision.proposal, debt.decision.review
    look = getattr(debt, "second_look", None)
    status, icon, word = state(debt.due_at, look, now)
    return {
        "code": review.code,
        "title": titled(review),
        "environment": review.environment,
        "decision": debt.decision.decision,
        "at": debt.opened_at,
        "by": proposal.proposed_by.name if proposal else "",
        "signers": _signers(debt),
        "items": debt.items,
        "reason": debt.decision.reason,
        "due_at": debt.due_at,
        "look": look,
        "s": status,
        "icon": icon,
        "word": word,
    }


def state(due_at: datetime, look: Any, now: datetime) -> tuple[str, str, str]:
    """Status, icon and word of a debt: loud while its second look is overdue, and where it was not upheld."""
    if look is None:
        return ("fail", "clock", _("Overdue")) if now >= due_at else ("warn", "clock", _("Second look due"))
    if not look.upheld:
        return "fail", "fail", _("Not upheld")
    return "pass", "check", _("Looked at again")


def _signers(debt: Debt) -> Sequence[str]:
    proposal = debt.decision.proposal
    return [told(one) for one in proposal.request.live_approvals()] if proposal else []
