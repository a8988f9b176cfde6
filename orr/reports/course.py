"""What became of a review as facts: its proposal and signatures, its decision and guards."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from approvals.models import Approval, Slot
from orr.accounts.models import User
from orr.accounts.roles import role_title
from orr.decisions import freezing
from orr.decisions.models import Debt, Decision, Proposal
from orr.guards.models import Guard
from orr.reports import wording
from orr.reviews.models import Review
from orr.reviews.states import COLLECTING

LIVE = ("open", "effective")


def judged_at(review: Review, found: Decision | None) -> datetime | None:
    """The moment whose verdicts a review past its decision keeps showing; None while they are live.

    Time makes nothing stale that was decided.
    """
    if review.state in COLLECTING:
        return None
    return found.effective_at if found else review.updated_at


def proposals_of(review: Review) -> list[Proposal]:
    """All proposals of the review, the newest first, with their slots and signatures."""
    standing = Approval.objects.filter(withdrawn_at=None).select_related("person", "on_behalf_of")
    return list(
        review.proposals.select_related("proposed_by", "ended_by", "request__ended_delegation__principal")
        .prefetch_related(
            Prefetch("request__approvals", queryset=standing.order_by("slot"), to_attr="standing_approvals"),
            Prefetch("request__slot_rows", queryset=Slot.objects.order_by("index"), to_attr="seats"),
        )
        .order_by("-number")
    )


def approval(proposal: Proposal, now: datetime, available: dict[str, list[str]]) -> dict[str, Any]:
    """One proposal with its seats; `available` names who could fill a seat, by role."""
    request = proposal.request
    signed = {one.slot: one for one in request.standing_approvals}  # type: ignore[attr-defined]
    seats = [_seat(seat, signed.get(seat.index), available) for seat in request.seats]  # type: ignore[attr-defined]
    ready_at = request.filled_at + request.delay if request.filled_at else None
    return {
        "number": proposal.number,
        "proposal_digest": proposal.digest,
        "decision": proposal.decision,
        "decision_title": wording.decision_title(proposal.decision),
        "guards": proposal.guards,
        "proposed_by": proposal.proposed_by.name,
        "proposed_by_id": str(proposal.proposed_by_id),
        "proposed_at": wording.moment(proposal.proposed_at),
        "reason": proposal.reason,
        "state": "expired" if _expired(proposal, now) else proposal.state,
        "ended_at": wording.moment(proposal.ended_at),
        "ended_reason": str(proposal.ended_reason) if proposal.ended_reason else "",
        "slots": seats,
        "filled": len(signed),
        "needed": len(seats),
        "timelock": {
            "delay": int(request.delay.total_seconds()),
            "started_at": wording.moment(request.filled_at),
            "ready_at": wording.moment(ready_at),
        },
        "approve_by": wording.moment(proposal.approve_by),
        "valid_until": wording.moment(proposal.valid_until),
        "snapshot": proposal.snapshot,
        "break_glass": proposal.break_glass,
        "freezes": freezing.signed(bytes(proposal.payload)),
    }


def decision(found: Decision | None) -> dict[str, Any] | None:
    """The decision in effect, or None."""
    if found is None:
        return None
    return {
        "decision": found.decision,
        "title": wording.decision_title(found.decision),
        "digest": found.digest,
        "effective_at": wording.moment(found.effective_at),
        "valid_until": wording.moment(found.valid_until),
        "by": found.by.name,
        "reason": found.reason,
        "rca_due_at": wording.moment(found.rca_due_at),
        "proposal": found.proposal.number if found.proposal else None,
        "break_glass": found.proposal.break_glass if found.proposal else None,
        "record": json.loads(bytes(found.payload)),
        "debt": debt(getattr(found, "debt", None)),
    }


def debt(found: Debt | None) -> dict[str, Any] | None:
    """What break-glass left to be done, and the second look once it was taken; None without break-glass."""
    if found is None:
        return None
    look = getattr(found, "second_look", None)
    told = look and {
        "by": look.by.name,
        "at": wording.moment(look.at),
        "upheld": look.upheld,
        "finding": look.finding,
    }
    return {"items": found.items, "due_at": wording.moment(found.due_at), "second_look": told}


def guards(review: Review) -> list[dict[str, Any]]:
    """The guards that were injected, each with what was read back."""
    rows = Guard.objects.filter(review=review.code).order_by("id")
    return [
        {
            "kind": guard.kind,
            "driver": guard.driver,
            "target": guard.target,
            "value": guard.value,
            "owner": guard.owner,
            "expires_at": wording.moment(guard.expires_at),
            "applied_at": wording.moment(guard.applied_at),
            "confirmed_at": wording.moment(guard.confirmed_at),
            "read_back": guard.read_back,
            "lost_at": wording.moment(guard.lost_at),
            "reason": str(guard.reason) if guard.reason else "",
        }
        for guard in rows
    ]


def history(proposals: Sequence[Proposal]) -> list[dict[str, Any]]:
    """Every proposal that ended, the newest first."""
    return [
        {
            "number": one.number,
            "decision_title": wording.decision_title(one.decision),
            "proposal_digest": one.digest,
            "proposed_by": one.proposed_by.name,
            "proposed_at": wording.moment(one.proposed_at),
            "state": one.state,
            "ended_at": wording.moment(one.ended_at),
            "ended_reason": str(one.ended_reason) if one.ended_reason else "",
            "ended_by": one.ended_by.name if one.ended_by else None,
            "ended_for": one.request.stopped_for.name if one.request.stopped_for else None,
            "signed_by": [told(signed) for signed in one.request.standing_approvals],  # type: ignore[attr-defined]
        }
        for one in proposals
        if one.state not in LIVE
    ]


def told(signed: Approval) -> str:
    """Who signed: the person's name, and for whom where they stood in."""
    if signed.on_behalf_of is None:
        return signed.person.name
    return _("%(name)s for %(principal)s") % {
        "name": signed.person.name,
        "principal": signed.on_behalf_of.name,
    }


def expired(proposals: Sequence[Proposal], found: Decision | None, started: bool, now: datetime) -> bool:
    """Whether time ran out: unsigned by its deadline, or in effect and not started while it was valid."""
    if found is not None:
        return bool(found.valid_until and not started and now >= found.valid_until)
    return bool(proposals and _expired(proposals[0], now))


def _expired(proposal: Proposal, now: datetime) -> bool:
    return proposal.state == "expired" or (proposal.state == "open" and now >= proposal.approve_by)


def _seat(seat: Slot, signed: Approval | None, available: dict[str, list[str]]) -> dict[str, Any]:
    person: User | None = signed.person if signed else None
    return {
        "index": seat.index,
        "role": seat.role,
        "title": role_title(seat.role),
        "person": {"id": str(person.pk), "name": person.name} if person else None,
        "on_behalf_of": signed.on_behalf_of.name if signed and signed.on_behalf_of else None,
        "on_behalf_of_id": str(signed.on_behalf_of_id) if signed and signed.on_behalf_of_id else None,
        "signed_at": wording.moment(signed.signed_at) if signed else None,
        "method": signed.method if signed else None,
        "weak": bool(signed and signed.weak),
        "comment": signed.comment if signed else "",
        "available": [] if signed else available.get(seat.role, []),
    }
