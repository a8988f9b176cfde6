"""What a person signed, and what of it no longer counts."""

from typing import Any

from django.db.models import Q

from approvals.models import Approval
from orr.accounts.membership import Sight
from orr.board.words import titled
from orr.decisions.models import Proposal
from orr.reviews.models import Review

RECENT = 20


def of(user: Any, seen: Sight) -> list[dict[str, Any]]:
    """The signatures by and for the person in reviews in sight, the newest first, and what became of each."""
    approvals = list(
        Approval.objects.filter(Q(person=user.pk) | Q(on_behalf_of=user.pk))
        .select_related("person", "on_behalf_of")
        .order_by("-signed_at")[:RECENT]
    )
    requests = [approval.request_id for approval in approvals]
    proposals = Proposal.objects.filter(request__in=requests).select_related("review")
    by_request = {proposal.request_id: proposal for proposal in proposals}
    known = [(approval, by_request.get(approval.request_id)) for approval in approvals]
    return [
        {**_line(approval, proposal), "by": "" if approval.person_id == user.pk else str(approval.person)}
        for approval, proposal in known
        if proposal is not None
        and seen.of(team=proposal.review.team_id, requester=proposal.review.requester_id)
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
        "title": titled(review),
        "role": approval.role,
        "digest": approval.digest,
        "state": review.state,
        "counts": counts,
        "withdrawn_at": approval.withdrawn_at,
        "ended_reason": str(proposal.ended_reason) if proposal.ended_reason else "",
    }
