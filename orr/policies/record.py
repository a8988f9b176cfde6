"""The canonical bytes of a policy and of the proposal to change it: what digests name (pure)."""

import json
from typing import Any

from orr.lib.canonical import PREFIX, canonical_bytes, digest, sha256_hex
from orr.profiles.schema import Profile

FORMAT = "plura.orr/policy/v1"
ACT = "plura.orr/policy-act/v1"


def body_of(profile: Profile) -> bytes:
    """The profile's canonical bytes (RFC 8785); their digest is the one that reviews pin."""
    return canonical_bytes(profile.model_dump(mode="json"))


def digest_of(body: bytes) -> str:
    """``sha256:`` of the bytes."""
    return PREFIX + sha256_hex(body)


def signed(*, name: str, from_digest: str, to_digest: str, body: bytes) -> dict[str, Any]:
    """What a signature binds: the name, the version in force, the wanted one, and all that it says.

    `from_digest` is empty for a name that nothing is in force of yet.
    """
    return {
        "type": FORMAT,
        "name": name,
        "from_digest": from_digest or None,
        "to_digest": to_digest,
        "body": json.loads(body),
    }


def proposal_digest(*, name: str, from_digest: str, to_digest: str, body: bytes) -> str:
    """``sha256:`` of what is signed."""
    return digest(signed(name=name, from_digest=from_digest, to_digest=to_digest, body=body))


def act(
    *, kind: str, name: str, version: int, from_digest: str, to_digest: str, proposal: str | None,
    role: str | None, slot: int | None, by: str, on_behalf_of: str | None, delegation: str | None,
) -> bytes:  # fmt: skip
    """What was done about which version, in which role and slot; people by their ids, no words of theirs."""
    return canonical_bytes(
        {
            "type": ACT,
            "kind": kind,
            "name": name,
            "version": version,
            "from_digest": from_digest or None,
            "to_digest": to_digest,
            "proposal_digest": proposal,
            "role": role,
            "slot": slot,
            "by": by,
            "on_behalf_of": on_behalf_of,
            "delegation": delegation,
        }
    )
