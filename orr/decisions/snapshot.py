"""What a proposal freezes, its digest, and what differs between two proposals (pure)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from orr.decisions.rules import TITLES, Choice, Risk
from orr.lib.canonical import PREFIX, canonical_bytes, digest, sha256_hex
from orr.lib.sentence import Sentence, say

FORMAT = "plura.orr/proposal/v1"


@dataclass(frozen=True)
class Terms:
    """All that a signature binds besides the snapshot."""

    review: str
    number: int
    change_set_digest: str
    profile_digest: str
    environment: str
    decision: Choice
    guards: Sequence[Mapping[str, Any]]
    exit_plan: Mapping[str, Any]
    risk: Risk
    approve_by: datetime
    valid_until: datetime
    break_glass: Mapping[str, Any] | None = None
    # The freezes that the profile names and the planned time meets: each adds its owner's slot.
    freezes: Sequence[Mapping[str, str]] = ()


def build(items: Sequence[Any]) -> list[dict[str, Any]]:
    """For every item its verdict, the hash of its evidence, until when it is fresh, and an earlier red.

    `items`: the standing's, each with code, verdict, evidence, fresh_until and earlier_red.
    """
    return [
        {
            "item": item.code,
            "verdict": str(item.verdict),
            "evidence": evidence_hash(item.evidence),
            "fresh_until": rfc3339(item.fresh_until),
            "earlier_red": rfc3339(item.earlier_red.recorded_at if item.earlier_red else None),
        }
        for item in sorted(items, key=lambda item: item.code)
    ]


def evidence_hash(evidence: Any) -> str | None:
    """SHA-256 (hex) of the raw answer; for a statement without one, of the statement and who made it."""
    if evidence is None:
        return None
    raw: str | None = evidence.raw_sha256_id
    if raw:
        return raw
    stated = [str(evidence.pk), evidence.item, str(evidence.attested_by or ""), evidence.statement or ""]
    return digest(stated).removeprefix(PREFIX)


def payload(terms: Terms, snapshot: Sequence[Mapping[str, Any]]) -> bytes:
    """The canonical bytes (RFC 8785) that are signed."""
    glass = {} if terms.break_glass is None else {"break_glass": dict(terms.break_glass)}
    frozen = {"freezes": [dict(one) for one in terms.freezes]} if terms.freezes else {}
    return canonical_bytes(
        {
            "type": FORMAT,
            **glass,
            **frozen,
            "review": terms.review,
            "number": terms.number,
            "change_set_digest": terms.change_set_digest,
            "snapshot": list(snapshot),
            "profile_digest": terms.profile_digest,
            "environment": terms.environment,
            "decision": terms.decision.value,
            "guards": list(terms.guards),
            "exit_plan": terms.exit_plan,
            "risk": terms.risk.as_json(),
            "approve_by": rfc3339(terms.approve_by),
            "valid_until": rfc3339(terms.valid_until),
        }
    )


def proposal_digest(signed: bytes) -> str:
    """``sha256:`` of a proposal's canonical bytes."""
    return PREFIX + sha256_hex(signed)


def field(signed: bytes, name: str) -> Any:
    """One part of a signed proposal."""
    return json.loads(signed)[name]


def differences(was: bytes, now: bytes) -> list[Sentence]:
    """What someone who saw the proposal `was` has to know about `now`; a sentence each."""
    old, new = json.loads(was), json.loads(now)
    found = []
    if old["decision"] != new["decision"]:
        found.append(
            say(
                "The decision is now %(now)s; you saw %(was)s.",
                now=TITLES[new["decision"]],
                was=TITLES[old["decision"]],
            )
        )
    if old.get("break_glass") != new.get("break_glass"):
        found.append(say("What is passed by break-glass is another."))
    if old.get("freezes") != new.get("freezes"):
        found.append(say("The freezes that are passed are others."))
    found += [sentence for key, sentence in _PARTS.items() if old[key] != new[key]]
    before = {row["item"]: (row["verdict"], row["evidence"]) for row in old["snapshot"]}
    changed = [
        row["item"] for row in new["snapshot"] if before.get(row["item"]) != (row["verdict"], row["evidence"])
    ]
    if changed:
        found.append(say("The evidence of %(items)s is another.", items=", ".join(changed)))
    return found


def rfc3339(moment: datetime | None) -> str | None:
    """The moment in UTC with a `Z`."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


_PARTS: dict[str, Sentence] = {
    "change_set_digest": say("The change set is another."),
    "profile_digest": say("The profile is another."),
    "environment": say("The environment is another."),
    "guards": say("The guards are others."),
    "exit_plan": say("The Exit plan is another."),
    "risk": say("The risk is another."),
    "approve_by": say("The deadline for signing is another."),
    "valid_until": say("The time until which a rollout may start is another."),
}
