"""The register of break-glass: every use, what it passed, and whether its second look was taken in time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from orr.accounts.membership import Sight
from orr.decisions.models import Debt
from orr.reviews import sight
from orr.reviews.models import Review

PAGE = 100
WINDOW = timedelta(days=90)


def register(now: datetime, seen: Sight) -> dict[str, Any]:
    """Every use in sight, the overdue ones first and then the newest, and how many there are."""
    found = Debt.objects.filter(decision__review__in=Review.objects.filter(sight.within(seen)))
    debts = found.select_related(
        "decision__review", "decision__proposal__proposed_by", "second_look__by"
    ).order_by("-opened_at", "-id")
    rows = [_row(debt, now) for debt in debts[:PAGE]]
    overdue = found.filter(second_look=None, due_at__lte=now).count()
    return {
        "rows": sorted(rows, key=lambda row: row["s"] != "fail"),
        "recent": found.filter(opened_at__gt=now - WINDOW).count(),
        "overdue": overdue,
        "owed": found.filter(second_look=None).count(),
        "cut": found.count() > PAGE,
    }


def _row(debt: Debt, now: datetime) -> dict[str, Any]:
    proposal, review = debt.decision.proposal, debt.decision.review
    look = getattr(debt, "second_look", None)
    status, icon, word = state(debt.due_at, look, now)
    return {
        "code": review.code,
        "title": review.title,
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
    return [one.person.name for one in proposal.request.live_approvals()] if proposal else []
