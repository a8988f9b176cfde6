"""What is logged of an act on a policy: digests, and the record that they and the roles stand in."""

import json

from approvals import record as signatures
from approvals.models import Approval
from orr.accounts.models import User
from orr.lib.canonical import PREFIX, sha256_hex
from orr.policies import record
from orr.policies.models import PolicyVersion, stream_of
from orr.tlog import log


def tell(kind: str, row: PolicyVersion, actor: User, approval: Approval | None = None) -> None:
    """One act in the log, in the policy's own stream; nothing that people typed, and no names."""
    named = {"policy": row.digest, "act": sha256_hex(act_of(kind, row, actor, approval))}
    if row.from_digest:
        named["former"] = row.from_digest
    if row.request is not None:
        named["proposal"] = row.request.subject_digest
    if approval is not None:
        named["approval"] = signatures.sha256_of(approval, approval.request.subject)
    told = {name: digest.removeprefix(PREFIX) for name, digest in named.items()}
    log.append(kind=kind, review=stream_of(row.name), artefacts=told, actor=str(actor.pk))


def act_of(kind: str, row: PolicyVersion, actor: User, approval: Approval | None = None) -> bytes:
    """The canonical record of the act, whose SHA-256 is `act` in the entry; of a deputy's it names both."""
    used = approval.delegation if approval else row.request.ended_delegation if row.request else None
    return record.act(
        kind=kind,
        name=row.name,
        version=int(json.loads(bytes(row.body))["version"]),
        from_digest=row.from_digest,
        to_digest=row.digest,
        proposal=row.request.subject_digest if row.request else None,
        role=approval.role if approval else used.role if used else None,
        slot=approval.slot if approval else None,
        by=str(actor.pk),
        on_behalf_of=str(used.principal_id) if used else None,
        delegation=str(used.pk) if used else None,
    )
