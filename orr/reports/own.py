"""A person's own signature on a proposal: its record, its digest, and where it stands in the log."""

from typing import Any
from uuid import UUID

from approvals import record
from approvals.models import Approval
from orr.accounts.models import User
from orr.accounts.roles import role_title
from orr.decisions.models import Proposal
from orr.lib.errors import NotFound
from orr.lib.sentence import say
from orr.reports import wording
from orr.reviews.models import Review
from orr.tlog import log

SIGNED = "proposal.signed"


def own_signature(
    review: Review, proposal: Proposal | None, person: User, facts: dict[str, Any]
) -> dict[str, Any] | None:
    """The person's signature on the live proposal, as pages show it; None where there is none."""
    if proposal is None:
        return None
    mine = proposal.request.approvals.filter(person=person, withdrawn_at=None)
    found = mine.select_related("on_behalf_of").first()
    if found is None:
        return None
    digest = record.sha256_of(found, review.code)
    named = {
        one["artefacts"].get("approval"): one["index"]
        for one in facts["log"]["entries"]
        if one["kind"] == SIGNED
    }
    return {
        "id": str(found.pk),
        "digest": f"sha256:{digest}",
        "index": named.get(digest),
        "title": role_title(found.role),
        "for": str(found.on_behalf_of) if found.on_behalf_of else "",
        "method": wording.method_title(found.method),
        "weak": found.weak,
        "signed_at": wording.moment(found.signed_at),
    }


def find(review: Review, signature: UUID) -> Approval:
    """A signature on any proposal of the review, standing or withdrawn. Raises NotFound."""
    requests = Proposal.objects.filter(review=review).values("request")
    found = Approval.objects.filter(pk=signature, request__in=requests).first()
    if found is None:
        raise NotFound(say("There is no such signature on %(code)s.", code=review.code))
    return found


def index_of(review: Review, approval: Approval) -> int:
    """The index of the log's entry that names the signature's record. Raises NotFound before it has one."""
    digest = record.sha256_of(approval, review.code)
    for entry in log.entries_of(review.code):
        if entry.kind == SIGNED and entry.artefacts.get("approval") == digest and entry.index is not None:
            return entry.index
    raise NotFound(say("The signature stands in no signed log entry yet; try again in a moment."))
