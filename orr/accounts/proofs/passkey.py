"""Passkeys (WebAuthn): what a browser is asked, and what of its answer is kept as a signature."""

import logging
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import get_authenticator_by_credential_id, get_credentials
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.db import transaction
from fido2.cose import CoseKey
from fido2.server import Fido2Server
from fido2.utils import bytes2int, websafe_encode
from fido2.webauthn import (
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    UserVerificationRequirement,
)

from orr.accounts.models import User
from orr.lib import clock
from orr.lib.errors import NotAllowed
from orr.lib.met import Met, Requirement, Unmet, require
from orr.lib.sentence import say

logger = logging.getLogger(__name__)

WRONG = say("The passkey's answer does not fit; nothing was signed. Try again.")
# What a broken or forged answer makes the parsers of CBOR and JSON raise.
UNREADABLE = (
    AttributeError, IndexError, KeyError, NotImplementedError, RecursionError, TypeError, ValueError,
    struct.error,
)  # fmt: skip
CURVES: dict[int, ec.EllipticCurve] = {-7: ec.SECP256R1(), -35: ec.SECP384R1(), -36: ec.SECP521R1()}
RSA_SHA256 = -257
EDWARDS = -8
# In the authenticator's row, beside its credential: how often it has signed, as it says itself.
COUNT = "sign_count"


@dataclass(frozen=True)
class Answer:
    """A verified answer: the bytes that were signed, the signature, and the key; bytes are base64url."""

    client_data_json: str
    authenticator_data: str
    signature: str
    credential_id: str
    public_key: str
    algorithm: int


def is_set_up(user: User) -> bool:
    """Whether the person has a passkey."""
    return bool(Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).exists())


def possible() -> Requirement:
    """Whether passkeys work at the address of this installation: by HTTPS, or at localhost."""
    site = urlsplit(settings.PUBLIC_URL)
    if site.scheme == "https" or site.hostname == "localhost":
        return Met()
    return Unmet(say("Passkeys need HTTPS; this installation is served without it."))


def relying_party() -> str:
    """The name to which a passkey is bound: the host of the installation's address."""
    return urlsplit(settings.PUBLIC_URL).hostname or ""


def origin() -> str:
    """The one origin from which an answer counts."""
    site = urlsplit(settings.PUBLIC_URL)
    return f"{site.scheme}://{site.netloc}"


def ask(user: User, challenge: bytes) -> dict[str, Any]:
    """The options for `navigator.credentials.get`, in JSON. Raises NotAllowed where no passkey can answer."""
    require(possible())
    credentials = get_credentials(user)
    if not credentials:
        raise NotAllowed(say("You have no passkey yet; add one under Settings."))
    options, _state = _server().authenticate_begin(
        credentials, user_verification=UserVerificationRequirement.REQUIRED, challenge=challenge
    )
    asked: dict[str, Any] = dict(options)
    return asked


def challenge_in(response: Any) -> bytes:
    """The challenge that a browser's answer says it answers; not verified. Raises NotAllowed."""
    try:
        return bytes(AuthenticationResponse.from_dict(response).response.client_data.challenge)
    except UNREADABLE as error:
        raise NotAllowed(WRONG) from error


@transaction.atomic
def complete(user: User, challenge: bytes, response: Mapping[str, Any]) -> Answer:
    """The answer of one of the person's passkeys to exactly this challenge, the person verified by it.

    Raises NotAllowed for any other answer, and for a passkey that counts backwards, which a copy does.
    """
    state = {
        "challenge": websafe_encode(challenge),
        "user_verification": UserVerificationRequirement.REQUIRED,
    }
    try:
        answered = AuthenticationResponse.from_dict(response)
        credential = _server().authenticate_complete(state, get_credentials(user), answered)
        key, algorithm = _public_key(credential.public_key)
    except UNREADABLE as error:
        logger.warning("passkey refused for %s: %s", user.pk, error)
        raise NotAllowed(WRONG) from error
    found = get_authenticator_by_credential_id(user, credential.credential_id)
    count(found, answered.response.authenticator_data.counter)
    return Answer(
        client_data_json=websafe_encode(answered.response.client_data),
        authenticator_data=websafe_encode(answered.response.authenticator_data),
        signature=websafe_encode(answered.response.signature),
        credential_id=websafe_encode(credential.credential_id),
        public_key=websafe_encode(key),
        algorithm=algorithm,
    )


def _server() -> Fido2Server:
    party = PublicKeyCredentialRpEntity(id=relying_party(), name="plura orr")
    return Fido2Server(party, verify_origin=lambda stated: stated == origin())


@transaction.atomic
def count(passkey: Authenticator, counted: int) -> Authenticator:
    """The passkey, its counter kept; synchronised ones always say 0 and are not counted.

    Raises NotAllowed for one that counts backwards: it is a copy, or was copied.
    """
    row: Authenticator = Authenticator.objects.select_for_update().get(pk=passkey.pk)
    if counted and counted <= row.data.get(COUNT, 0):
        raise NotAllowed(
            say("This passkey counts backwards: it may have been copied. Remove it, add it anew.")
        )
    row.data = {**row.data, COUNT: counted}
    row.last_used_at = clock.now()
    row.save(update_fields=["data", "last_used_at"])
    return row


def _public_key(key: CoseKey) -> tuple[bytes, int]:
    """The key as SubjectPublicKeyInfo (DER), and its COSE algorithm. Raises ValueError for other ones."""
    algorithm = int(key[3])
    made: ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey
    if algorithm in CURVES:
        x, y = bytes2int(key[-2]), bytes2int(key[-3])
        made = ec.EllipticCurvePublicNumbers(x, y, CURVES[algorithm]).public_key()
    elif algorithm == RSA_SHA256:
        made = rsa.RSAPublicNumbers(bytes2int(key[-2]), bytes2int(key[-1])).public_key()
    elif algorithm == EDWARDS:
        made = ed25519.Ed25519PublicKey.from_public_bytes(key[-2])
    else:
        raise ValueError(f"a key of the algorithm {algorithm}")
    return made.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), algorithm
