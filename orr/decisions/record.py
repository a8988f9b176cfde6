"""The canonical records of a decision and of a proposal's end: what the log's entries commit to."""

from datetime import datetime

from orr.decisions.models import Decision, Proposal
from orr.decisions.rules import Choice
from orr.decisions.snapshot import rfc3339
from orr.lib.canonical import PREFIX, canonical_bytes, sha256_hex
from orr.reviews.models import Review

FORMAT = "plura.orr/decision/v1"
ENDING = "plura.orr/ending/v1"
# Its SHA-256 stands as the artefact `shadow` in every entry of a shadow review's proposals and decision.
SHADOW = b"plura.orr/shadow/v1"


def payload(
    review: Review, decision: Choice, proposal: Proposal | None, at: datetime, valid_until: datetime | None
) -> bytes:
    """The decision's canonical bytes (RFC 8785); what people typed is not in it."""
    named = proposal.break_glass if proposal else None
    glass = {} if named is None else {"break_glass": {"items": named}}
    return canonical_bytes(
        {
            "type": FORMAT,
            **glass,
            **marked(review.shadow),
            "review": review.code,
            "decision": decision.value,
            "change_set_digest": review.change_set.digest,
            "profile_digest": review.profile_digest,
            "proposal_digest": proposal.digest if proposal else None,
            "effective_at": rfc3339(at),
            "valid_until": rfc3339(valid_until),
        }
    )


def marked(shadow: bool) -> dict[str, bool]:
    """What the signed bytes of a shadow review say beside; nothing in those of a real one."""
    return {"shadow": True} if shadow else {}


def ending(proposal: Proposal) -> bytes:
    """How the proposal ended and by whose hand, in canonical bytes; of a deputy's act it names both."""
    by, request = proposal.ended_by_id, proposal.request
    used = request.ended_delegation
    return canonical_bytes(
        {
            "type": ENDING,
            "proposal_digest": proposal.digest,
            "state": str(proposal.state),
            "ended_at": rfc3339(proposal.ended_at),
            "by": str(by) if by else None,
            "on_behalf_of": str(used.principal_id) if used else None,
            "delegation": str(used.pk) if used else None,
            "role": used.role if used else None,
            "reason": proposal.ended_reason.as_json() if proposal.ended_reason else None,
        }
    )


def digest_of(signed: bytes) -> str:
    """``sha256:`` of the record."""
    return PREFIX + sha256_hex(signed)


def artefacts(decision: Decision) -> dict[str, str]:
    """What the log names: the record, the change set, and the proposal where there was one."""
    named = {"decision": decision.digest, "change_set": decision.review.change_set.digest}
    if decision.proposal:
        named["proposal"] = decision.proposal.digest
    if decision.review.shadow:
        named["shadow"] = digest_of(SHADOW)
    return {name: digest.removeprefix(PREFIX) for name, digest in named.items()}
