"""The canonical record of a decision: what the log's entry commits to."""

from datetime import datetime

from orr.decisions.models import Decision, Proposal
from orr.decisions.rules import Choice
from orr.decisions.snapshot import rfc3339
from orr.lib.canonical import PREFIX, canonical_bytes, sha256_hex
from orr.reviews.models import Review

FORMAT = "plura.orr/decision/v1"


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
            "review": review.code,
            "decision": decision.value,
            "change_set_digest": review.change_set.digest,
            "profile_digest": review.profile_digest,
            "proposal_digest": proposal.digest if proposal else None,
            "effective_at": rfc3339(at),
            "valid_until": rfc3339(valid_until),
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
    return {name: digest.removeprefix(PREFIX) for name, digest in named.items()}
