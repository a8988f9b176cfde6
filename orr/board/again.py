"""The signatures of a person that no longer count, and what there is to sign afresh."""

from typing import Any

from approvals.models import Approval
from orr.accounts.roles import role_title
from orr.board.desk import Desk
from orr.board.words import titled
from orr.decisions.models import Proposal
from orr.reports import since
from orr.reports.since import Pair
from orr.reviews import sight
from orr.reviews.models import Review
from orr.reviews.states import State

OPEN = (State.CHECKING, State.VOID, State.PROPOSED)
ENDED = ("void", "expired", "rejected", "cancelled")
MOST = 50


def lost(desk: Desk) -> list[dict[str, Any]]:
    """Per undecided review the latest former proposal that the person signed, with what differs from it now.

    Where a seat of the live proposal is open to them `sign` is true; where there is none yet, `rows` is
    None. The number of queries does not grow with the number of reviews.
    """
    live = {one.review.pk: one for one in desk.live}
    pairs, alone = [], []
    for was, signature in _former(desk):
        now = live.get(was.review_id)
        if now is None:
            alone.append(_alone(was, signature))
        elif not now.signed_by_me:
            pairs.append((Pair(was.review, was, now.proposal, signature), bool(now.capacities)))
    told = since.told([pair for pair, _may in pairs])
    compared = [{**row, "sign": may} for row, (_pair, may) in zip(told, pairs, strict=True)]
    return compared + alone


def _former(desk: Desk) -> list[tuple[Proposal, Approval]]:
    mine = Approval.objects.filter(person=desk.person, withdrawn_at=None, request__state__in=ENDED).order_by(
        "-signed_at"
    )[:MOST]
    by_request = {one.request_id: one for one in mine}
    former = Proposal.objects.filter(
        request__in=list(by_request),
        review__in=Review.objects.filter(sight.within(desk.sight), state__in=OPEN),
    )
    latest: dict[int, tuple[Proposal, Approval]] = {}
    for proposal in former.select_related("review__change_set").order_by("-number"):
        latest.setdefault(proposal.review_id, (proposal, by_request[proposal.request_id]))
    return list(latest.values())


def _alone(was: Proposal, signature: Approval) -> dict[str, Any]:
    return {
        "code": was.review.code,
        "title": titled(was.review),
        "role": role_title(signature.role),
        "signed_at": signature.signed_at,
        "ended_at": was.ended_at,
        "ended_reason": str(was.ended_reason) if was.ended_reason else "",
        "digest": was.digest,
        "rows": None,
        "sign": False,
    }
