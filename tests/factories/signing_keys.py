"""A passkey in software: registered with a person, it answers what a browser's would."""

import hashlib
import json
import struct
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

from orr.accounts.models import User
from orr.accounts.proofs import passkey

SEEN, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class Passkey:
    """One key of one person; `answer` signs a challenge, and can be told to lie."""

    def __init__(self, user: User, name: str = "Key 1", count: int = 0) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.id = hashlib.sha256(f"{user.pk} {name}".encode()).digest()[:16]
        self.count = count
        key = ES256.from_cryptography_key(self.private.public_key())
        attested = AttestedCredentialData.create(b"\0" * 16, self.id, key)
        data = AuthenticatorData.create(
            hashlib.sha256(passkey.relying_party().encode()).digest(),
            SEEN | VERIFIED | ATTESTED, 0, attested,
        )  # fmt: skip
        made = AttestationObject.create("none", data, {})
        client = json.dumps({"type": "webauthn.create", "challenge": "AAAA", "origin": passkey.origin()})
        credential = {
            "id": websafe_encode(self.id),
            "rawId": websafe_encode(self.id),
            "type": "public-key",
            "response": {
                "clientDataJSON": websafe_encode(client.encode()),
                "attestationObject": websafe_encode(bytes(made)),
            },
        }
        self.row = Authenticator.objects.create(
            user=user, type=Authenticator.Type.WEBAUTHN, data={"name": name, "credential": credential}
        )

    def answer(
        self, options: dict[str, Any], *, flags: int = SEEN | VERIFIED, party: str = "", origin: str = "",
        key: ec.EllipticCurvePrivateKey | None = None,
    ) -> str:  # fmt: skip
        """What the browser sends back for these options of `navigator.credentials.get`."""
        self.count += 1 if self.count else 0
        challenge = options["publicKey"]["challenge"]
        client = json.dumps(
            {"type": "webauthn.get", "challenge": challenge, "origin": origin or passkey.origin()}
        ).encode()
        data = hashlib.sha256((party or passkey.relying_party()).encode()).digest()
        data += struct.pack(">BI", flags, self.count)
        signed = data + hashlib.sha256(client).digest()
        signature = (key or self.private).sign(signed, ec.ECDSA(hashes.SHA256()))
        return json.dumps(
            {
                "id": websafe_encode(self.id),
                "rawId": websafe_encode(self.id),
                "type": "public-key",
                "response": {
                    "clientDataJSON": websafe_encode(client),
                    "authenticatorData": websafe_encode(data),
                    "signature": websafe_encode(signature),
                },
            }
        )


def challenge_of(options: dict[str, Any]) -> bytes:
    """The challenge in the options."""
    return bytes(websafe_decode(options["publicKey"]["challenge"]))
