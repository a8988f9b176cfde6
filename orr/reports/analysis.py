"""The root-cause analysis of a review as facts: its clock, its words, who wrote and closed it."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from orr.accounts.models import User
from orr.decisions import analyses, rca
from orr.decisions.rca import Remedy
from orr.decisions.rca_models import Rca, RcaReturn
from orr.reports import wording
from orr.reviews.models import Review

Told = dict[str, Any]


def analysis(review: Review, now: datetime) -> Told | None:
    """The latest analysis of the review at `now`; None where none is owed. Overdue is of `now` alone."""
    found = analyses.of(review)
    if found is None:
        return None
    versions = list(found.revisions.select_related("by").order_by("number"))
    newest = versions[-1] if versions else None
    content = newest.content if newest else rca.EMPTY
    names = _names(content.actions)
    return {
        **_clock(found, now),
        "version": newest.number if newest else 0,
        "digest": newest.digest if newest else "",
        "written_by": list(dict.fromkeys(str(one.by) for one in versions if not one.marks_only)),
        "written_at": wording.moment(newest.at) if newest else None,
        "recorded_by": str(found.recorded_by) if found.recorded_by else None,
        "closed_by": str(found.closed_by) if found.closed_by else None,
        "note": found.closing_note,
        "returns": _returns(found),
        "happened": content.happened,
        "causes": [asdict(cause) for cause in content.causes],
        "actions": [_action(one, names, now) for one in content.actions],
        "done": sum(one.done for one in content.actions),
    }


def _returns(found: Rca) -> list[Told]:
    """Each time it was sent back, the newest first."""
    sent = RcaReturn.objects.filter(revision__rca=found).select_related("by", "revision")
    return [
        {
            "by": str(one.by),
            "at": wording.moment(one.at),
            "reason": one.reason,
            "version": one.revision.number,
        }
        for one in sent.order_by("-revision__number")
    ]


def _clock(found: Rca, now: datetime) -> Told:
    return {
        "cause": found.cause,
        "state": rca.state(found.recorded_at, found.closed_at),
        "opened_at": wording.moment(found.opened_at),
        "due_at": wording.moment(found.due_at),
        "overdue": rca.overdue(found.due_at, found.recorded_at, now),
        "late": bool(found.recorded_at and found.recorded_at > found.due_at),
        "recorded_at": wording.moment(found.recorded_at),
        "closed_at": wording.moment(found.closed_at),
        "marks": [
            {"hours": mark.hours, "at": wording.moment(mark.at), "past": now >= mark.at}
            for mark in rca.marks(found.opened_at, found.due_at)
        ],
    }


def _action(one: Remedy, names: dict[str, str], now: datetime) -> Told:
    due = datetime.fromisoformat(one.due) if one.due else None
    return {
        "what": one.what,
        "owner": names.get(one.owner, ""),
        "owner_id": one.owner,
        "due": wording.moment(due),
        "done": one.done,
        "overdue": bool(due and not one.done and now >= due),
    }


def _names(actions: Iterable[Remedy]) -> dict[str, str]:
    people = {one.owner for one in actions if one.owner}
    return {str(p.pk): p.name for p in User.objects.filter(pk__in=people)} if people else {}
