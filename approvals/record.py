"""The canonical record of one signature: what the log commits to, and what the signer takes away."""

from datetime import UTC, datetime
from typing import Any

from approvals.models import Approval
from orr.lib.canonical import canonical_bytes, digest, sha256_hex

FORMAT = "plura.orr/signature/v1"


def record(approval: Approval, subject: str) -> bytes:
    """The signature as it was given, in canonical JSON (RFC 8785); that it was withdrawn is not in it.

    With a passkey it holds the whole assertion, which `approvals.assertion.verify` checks offline.
    """
    told: dict[str, Any] = {
        "type": FORMAT,
        "id": str(approval.pk),
        "subject": subject,
        "digest": approval.digest,
        "slot": approval.slot,
        "role": approval.role,
        "person": str(approval.person_id),
        "on_behalf_of": str(approval.on_behalf_of_id) if approval.on_behalf_of_id else None,
        "delegation": str(approval.delegation_id) if approval.delegation_id else None,
        "method": approval.method,
        "weak": approval.weak,
        "acknowledged": list(approval.acknowledged),
        "comment": approval.comment,
        "signed_at": _utc(approval.signed_at),
        "assertion": approval.assertion,
        "assertion_sha256": digest(approval.assertion) if approval.assertion else None,
    }
    return canonical_bytes(told)


def sha256_of(approval: Approval, subject: str) -> str:
    """SHA-256 (hex) of the record, as it stands in the log's entry."""
    return sha256_hex(record(approval, subject))


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
