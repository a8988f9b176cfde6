"""A passkey's assertion kept as a signature, and its verification by anybody, offline. Pure.

`verify` runs these steps; the error names the one that failed:
 1. form: the fields are there and readable;
 2. statement: it is `plura.orr/sign/v1` on this digest, by this person, for this principal, in this role;
 3. challenge: the client data answer SHA-256 of the statement's canonical JSON (RFC 8785);
 4. act: the client data are of a `webauthn.get`, at this origin and in no frame of another one;
 5. relying party: the authenticator data begin with SHA-256 of its name;
 6. person: the authenticator saw and verified them;
 7. signature: the key signed authenticator data and SHA-256 of the client data.
Whose key it is says who knows the person; what is kept here names it by its credential id.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from orr.lib.canonical import canonical_bytes

TYPE = "plura.orr/sign/v1"
USER_PRESENT, USER_VERIFIED = 0x01, 0x04
HASHES: Mapping[int, hashes.HashAlgorithm] = {-7: hashes.SHA256(), -35: hashes.SHA384(), -36: hashes.SHA512()}


class AssertionRefused(Exception):
    """The kept assertion proves nothing; `step` names the check that failed."""

    def __init__(self, step: str, why: str) -> None:
        super().__init__(f"{step}: {why}")
        self.step = step


def statement(
    *, digest: str, person: str, roles: list[str], nonce: str, principal: str | None = None
) -> dict[str, Any]:
    """What a passkey is asked to sign: the digest, who, in which of the `roles`, and for whom."""
    return {
        "type": TYPE,
        "digest": digest,
        "person": person,
        "for": principal,
        "roles": sorted(set(roles)),
        "nonce": nonce,
    }


def challenge(stated: Mapping[str, Any]) -> bytes:
    """SHA-256 over the statement's canonical JSON."""
    return hashlib.sha256(canonical_bytes(dict(stated))).digest()


def verify(
    kept: Mapping[str, Any],
    *,
    digest: str,
    person: str,
    role: str,
    principal: str | None,
    relying_party: str,
    origin: str,
) -> None:
    """Verify a kept assertion as the module's steps say. Raises AssertionRefused."""
    stated, client_bytes, authenticator, signature, key = _read(kept)
    _says(stated, digest=digest, person=person, role=role, principal=principal)
    client = _client_data(client_bytes)
    if _bytes_or_nothing(client.get("challenge")) != challenge(stated):
        raise AssertionRefused("challenge", "the client data answer another question")
    if client.get("type") != "webauthn.get" or client.get("origin") != origin or client.get("crossOrigin"):
        raise AssertionRefused("act", "the client data are of another act or place")
    if authenticator[:32] != hashlib.sha256(relying_party.encode()).digest():
        raise AssertionRefused("relying party", "the passkey belongs to another place")
    flags = authenticator[32]
    if not flags & USER_PRESENT or not flags & USER_VERIFIED:
        raise AssertionRefused("person", "the authenticator did not verify the person")
    signed = authenticator + hashlib.sha256(client_bytes).digest()
    _signature(key, kept["algorithm"], signature, signed)


def _read(kept: Mapping[str, Any]) -> tuple[Mapping[str, Any], bytes, bytes, bytes, Any]:
    try:
        client, data, signature, der = (
            _bytes(kept[name])
            for name in ("client_data_json", "authenticator_data", "signature", "public_key")
        )
        stated = kept["statement"]
        key = load_der_public_key(der)
        readable = isinstance(stated, Mapping) and len(data) >= 37 and isinstance(kept["algorithm"], int)
    except (KeyError, TypeError, ValueError, UnsupportedAlgorithm) as error:
        raise AssertionRefused("form", "a field is missing or unreadable") from error
    if not readable:
        raise AssertionRefused("form", "a field is missing or unreadable")
    return stated, client, data, signature, key


def _says(stated: Mapping[str, Any], *, digest: str, person: str, role: str, principal: str | None) -> None:
    wanted = {"type": TYPE, "digest": digest, "person": person, "for": principal}
    for name, value in wanted.items():
        if stated.get(name) != value:
            raise AssertionRefused("statement", f"another {name}")
    if role not in (stated.get("roles") or []):
        raise AssertionRefused("statement", "another role")


def _client_data(raw: bytes) -> Mapping[str, Any]:
    try:
        client = json.loads(raw)
    except ValueError as error:
        raise AssertionRefused("form", "the client data are no JSON") from error
    if not isinstance(client, dict):
        raise AssertionRefused("form", "the client data are no object")
    return client


def _signature(key: Any, algorithm: int, signature: bytes, signed: bytes) -> None:
    try:
        if isinstance(key, ec.EllipticCurvePublicKey) and algorithm in HASHES:
            key.verify(signature, signed, ec.ECDSA(HASHES[algorithm]))
        elif isinstance(key, rsa.RSAPublicKey) and algorithm == -257:
            key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, ed25519.Ed25519PublicKey) and algorithm == -8:
            key.verify(signature, signed)
        else:
            raise AssertionRefused("signature", "the key is not of the algorithm it names")
    except InvalidSignature as error:
        raise AssertionRefused("signature", "the key did not sign this") from error


def _bytes(text: Any) -> bytes:
    if not isinstance(text, str):
        raise TypeError("not base64url")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _bytes_or_nothing(text: Any) -> bytes:
    try:
        return _bytes(text)
    except (TypeError, ValueError):
        return b""
