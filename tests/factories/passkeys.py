"""A passkey in software: what an authenticator answers to the challenges of a page."""

import json
import secrets
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import sha256, websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

ORIGIN = "http://localhost:8000"
FLAG = AuthenticatorData.FLAG


class SoftKey:
    """One credential of one person; `verified` says whether the holder gave a PIN or a finger."""

    def __init__(self, origin: str = ORIGIN, *, verified: bool = True) -> None:
        self.origin = origin
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)
        self.handle = b""
        self.count = 0
        self.flags = FLAG.UP | (FLAG.UV if verified else FLAG(0))

    def create(self, options: dict[str, Any]) -> str:
        """The answer to `navigator.credentials.create`, as the page sends it."""
        asked = options["publicKey"]
        self.handle = websafe_decode(asked["user"]["id"])
        key = ES256.from_cryptography_key(self.private.public_key())
        credential = AttestedCredentialData.create(Aaguid.NONE, self.id, key)
        data = AuthenticatorData.create(
            sha256(asked["rp"]["id"].encode()), self.flags | FLAG.AT, 0, credential_data=credential
        )
        client = self._client(CollectedClientData.TYPE.CREATE, asked)
        attested = AttestationObject.create("none", data, {})
        return self._sent(
            {"clientDataJSON": client, "attestationObject": attested}, {"credProps": {"rk": True}}
        )

    def get(self, options: dict[str, Any]) -> str:
        """The answer to `navigator.credentials.get`, as the page sends it."""
        asked = options["publicKey"]
        self.count += 1
        data = AuthenticatorData.create(sha256(asked["rpId"].encode()), self.flags, self.count)
        client = self._client(CollectedClientData.TYPE.GET, asked)
        signature = self.private.sign(data + client.hash, ec.ECDSA(SHA256()))
        answer = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        return self._sent({**answer, "userHandle": self.handle}, {})

    def _client(self, kind: Any, asked: dict[str, Any]) -> CollectedClientData:
        return CollectedClientData.create(kind, websafe_decode(asked["challenge"]), self.origin)

    def _sent(self, response: dict[str, bytes], extensions: dict[str, Any]) -> str:
        return json.dumps(
            {
                "id": websafe_encode(self.id),
                "rawId": websafe_encode(self.id),
                "type": "public-key",
                "clientExtensionResults": extensions,
                "response": {name: websafe_encode(value) for name, value in response.items()},
            }
        )
