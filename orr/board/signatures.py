"""What a person signed, and what of it no longer counts."""

from typing import Any

from approvals.models import Approval
from orr.decisions.models import Proposal
from orr.reviews.models import Review

RECENT = 20


def of(user: Any) -> list[dict[str, Any]]:
    """The person's signatures, the newest first, each with its proposal and what became of it."""
    approvals = list(
        Approval.objects.filter(person=user.pk).select_related("on_behalf_of").order_by("-signed_at")[:RECENT]
    )
    requests = [approval.request_id for approval in approvals]
    proposals = Proposal.objects.filter(request__in=requests).select_related("review")
    by_request = {proposal.request_id: proposal for proposal in proposals}
    return [
        _line(approval, by_request[approval.request_id])
        for approval in approvals
        if approval.request_id in by_request
    ]


def _line(approval: Approval, proposal: Proposal) -> dict[str, Any]:
    review: Review = proposal.review
    counts = approval.withdrawn_at is None and proposal.state in {"open", "effective"}
    return {
        "id": approval.pk,
        "at": approval.signed_at,
        "for": str(approval.on_behalf_of) if approval.on_behalf_of else "",
        "weak": approval.weak,
        "code": review.code,
        "title": review.title,
        "role": approval.role,
        "digest": approval.digest,
        "state": review.state,
        "counts": counts,
        "withdrawn_at": approval.withdrawn_at,
        "ended_reason": str(proposal.ended_reason) if proposal.ended_reason else "",
    }
