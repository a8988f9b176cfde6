"""What proposal n of a review said, read from its signed bytes, and how it ended; also after newer ones."""

import json
from datetime import datetime
from typing import Any

from orr.accounts.roles import role_title
from orr.decisions import snapshot
from orr.decisions.models import Proposal
from orr.lib.errors import NotFound
from orr.lib.sentence import say
from orr.reports import wording
from orr.reviews.checklist import ITEMS
from orr.reviews.models import Review

MOST = 2**31


def shown(review: Review, number: int, now: datetime) -> dict[str, Any]:
    """The proposal with its verdicts, signatures and differences. Raises NotFound."""
    found = _find(review, number)
    before = review.proposals.filter(number__lt=number).order_by("-number").first()
    after = review.proposals.filter(number__gt=number).order_by("number").first()
    signed = json.loads(bytes(found.payload))
    differs = snapshot.differences(bytes(before.payload), bytes(found.payload)) if before else []
    expired = found.state == "open" and now >= found.approve_by
    return {
        "number": found.number,
        "digest": found.digest,
        "signed": signed,
        "decision_title": wording.decision_title(found.decision),
        "decision": found.decision,
        "proposed_by": found.proposed_by.name,
        "proposed_at": found.proposed_at,
        "reason": found.reason,
        "state": "expired" if expired else found.state,
        "ended_at": found.approve_by if expired else found.ended_at,
        "ended_by": found.ended_by.name if found.ended_by else "",
        "ended_for": str(found.request.stopped_for or ""),
        "ended_reason": str(found.ended_reason) if found.ended_reason else "",
        "approve_by": found.approve_by,
        "valid_until": found.valid_until,
        "delay": int(found.request.delay.total_seconds()),
        "break_glass": found.break_glass,
        "guards": found.guards,
        "rows": [_row(row) for row in signed["snapshot"]],
        "signatures": _signatures(found),
        "before": before.number if before else None,
        "after": after.number if after else None,
        "differs": [str(one) for one in differs],
    }


def _find(review: Review, number: int) -> Proposal:
    related = ("proposed_by", "ended_by", "request__ended_delegation__principal")
    asked = review.proposals.select_related(*related).filter(number=number) if number < MOST else None
    found = asked.first() if asked is not None else None
    if found is None:
        raise NotFound(say("%(code)s has no proposal %(n)s.", code=review.code, n=str(number)[:20]))
    return found


def _row(row: dict[str, Any]) -> dict[str, Any]:
    known = ITEMS.get(row["item"])
    return {**row, "title": str(known.title) if known else ""}


def _signatures(found: Proposal) -> list[dict[str, Any]]:
    """Every signature that was ever on it, the withdrawn ones too, in the order of time."""
    return [
        {
            "name": one.person.name,
            "on_behalf_of": one.on_behalf_of.name if one.on_behalf_of else "",
            "role": role_title(one.role),
            "at": one.signed_at,
            "method": wording.method_title(one.method),
            "weak": one.weak,
            "comment": one.comment,
            "withdrawn_at": one.withdrawn_at,
            "counts": one.withdrawn_at is None and found.state in ("open", "effective"),
        }
        for one in found.request.approvals.select_related("person", "on_behalf_of").order_by("signed_at")
    ]
