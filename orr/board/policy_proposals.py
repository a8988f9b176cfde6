"""The proposals to weaken a policy as pages show them: seats, times, and what this person may do."""

from datetime import datetime
from typing import Any

from approvals.models import Request
from approvals.models import State as Ended
from orr.accounts.models import User
from orr.accounts.roles import role_title
from orr.lib import clock
from orr.lib.met import Requirement, Unmet
from orr.policies import eligibility
from orr.policies.models import PolicyVersion, State
from orr.policies.standing import in_force_row, profile_of
from orr.profiles import load
from orr.profiles.schema import Policy

Row = dict[str, Any]


def by_name() -> dict[str, Row]:
    """Every open proposal by the name of its policy, with how many of its seats are filled."""
    waiting = PolicyVersion.objects.filter(state=State.PROPOSED).select_related("request")
    return {
        row.name: {"filled": len(row.request.live_approvals()), "needed": len(row.request.slots)}
        for row in waiting
        if row.request is not None
    }


def live(name: str, person: User) -> Row | None:
    """The open proposal of this policy for this person; None where nothing is proposed."""
    found = PolicyVersion.objects.filter(name=name, state=State.PROPOSED)
    row = found.select_related("request", "proposed_by").first()
    if row is None or row.request is None:
        return None
    request, now = row.request, clock.now()
    standing = request.standing(now)
    return {
        "digest": request.subject_digest,
        "to_digest": row.digest,
        "reason": row.reason,
        "by": str(row.proposed_by),
        "at": row.made_at,
        "approve_by": request.approve_by,
        "delay": int(request.delay.total_seconds()),
        "filled_at": request.filled_at,
        "ready_at": standing.ready_at,
        "over": not standing.may_sign,
        "seats": _seats(row, request, now),
        "may": _may(row, request, person, now),
        "capacities": _capacities(row, request, person, now),
        "signed": any(one.person_id == person.pk for one in request.live_approvals()),
    }


def _seats(row: PolicyVersion, request: Request, now: datetime) -> list[Row]:
    signed = {approval.slot: approval for approval in request.live_approvals()}
    able = eligibility.able(row, request, now)
    return [
        {
            "title": role_title(role),
            "person": str(signed[index].person) if index in signed else "",
            "for": str(signed[index].on_behalf_of or "") if index in signed else "",
            "at": signed[index].signed_at if index in signed else None,
            "weak": index in signed and signed[index].weak,
            "available": [str(person) for person, may in able.items() if index in may],
        }
        for index, role in enumerate(request.slots)
    ]


def _may(row: PolicyVersion, request: Request, person: User, now: datetime) -> Row:
    policy = _policy(row.name)
    return {
        "sign": _said(eligibility.may_sign(row, request, person, now)),
        "reject": _stops(Ended.REJECTED, row, request, policy, person),
        "cancel": _stops(Ended.CANCELLED, row, request, policy, person),
    }


def _stops(state: Ended, row: PolicyVersion, request: Request, policy: Policy | None, person: User) -> Row:
    if policy is None:
        return _said(None) | {"for": None}
    right = eligibility.right_to(state, row, request, policy, person)
    whom = right.principal
    return _said(right.requirement) | {"for": {"id": str(whom.pk), "name": str(whom)} if whom else None}


def _capacities(row: PolicyVersion, request: Request, person: User, now: datetime) -> list[Row]:
    """For whom the person could sign: themselves, or a principal, each once."""
    found, _ = eligibility.seats_of(row, request, person, now)
    told: dict[str, Row] = {}
    for one in found:
        whom = one.principal
        seat = told.setdefault(str(whom.pk) if whom else "", {"name": str(whom or ""), "titles": []})
        seat["titles"] += [role_title(request.slots[slot]) for slot in one.may]
    return [
        {"id": pk, "name": seat["name"], "titles": " / ".join(dict.fromkeys(seat["titles"]))}
        for pk, seat in told.items()
    ]


def _policy(name: str) -> Policy | None:
    row = in_force_row(name) or in_force_row(load.BASE)
    return profile_of(row).policy if row else None


def _said(requirement: Requirement | None) -> Row:
    if isinstance(requirement, Unmet):
        return {"ok": False, "reason": str(requirement.reason)}
    return {"ok": requirement is not None, "reason": ""}
