"""Verifying a DSSE envelope (secure-systems-lab/dsse v1.0.2) against the configured public keys."""

import base64
import binascii
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.conf import settings

from evidence.push.understood import not_understood
from orr.lib.sentence import say

# Each costs a check against every key.
SIGNATURES_MAX = 20
PublicKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey


def configured_keys() -> list[PublicKey]:
    """The keys in the files of EVIDENCE_DSSE_KEYS. Raises ValueError for keys of another kind."""
    paths: Sequence[str] = getattr(settings, "EVIDENCE_DSSE_KEYS", ())
    keys = []
    for path in paths:
        key = load_pem_public_key(Path(path).read_bytes())
        if not isinstance(key, ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey):
            raise ValueError(f"{path}: only Ed25519 and ECDSA keys are used")
        keys.append(key)
    return keys


def payload_of(envelope: dict[str, object], keys: Sequence[PublicKey], payload_type: str) -> bytes:
    """The signed bytes. Raises Invalid unless one of the keys signed them as that type."""
    try:
        payload = base64.b64decode(str(envelope["payload"]), validate=True)
        found = envelope["signatures"]
        entries = found if isinstance(found, list) else []
        signatures = [base64.b64decode(entry["sig"], validate=True) for entry in entries]
    except (KeyError, TypeError, binascii.Error) as error:
        raise not_understood(say("This is no DSSE envelope.")) from error
    if len(signatures) > SIGNATURES_MAX:
        raise not_understood(say("The envelope has more than %(n)s signatures.", n=SIGNATURES_MAX))
    if envelope.get("payloadType") != payload_type:
        raise not_understood(say("The envelope does not hold an in-toto statement."))
    if not keys:
        raise not_understood(
            say("No key is configured to check the signature with (EVIDENCE_DSSE_KEYS), so it is refused.")
        )
    signed = pre_authentication_encoding(payload_type, payload)
    if not any(_verifies(key, signature, signed) for key in keys for signature in signatures):
        raise not_understood(say("None of the configured keys made its signature."))
    return payload


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """PAE of the protocol: ``DSSEv1 SP LEN(type) SP type SP LEN(body) SP body``."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def _verifies(key: PublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, signed)
        else:
            key.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
