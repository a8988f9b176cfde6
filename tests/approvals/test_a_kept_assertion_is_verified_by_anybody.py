"""A passkey's assertion is the approver's signature: it verifies offline, and every forgery is named."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from approvals import assertion
from approvals.assertion import AssertionRefused, verify
from approvals.proving import Given, ask, prove
from orr.accounts.models import User
from orr.accounts.proofs import passkey
from tests.factories.people import person
from tests.factories.signing_keys import Passkey

pytestmark = pytest.mark.django_db
DIGEST = "sha256:" + "a" * 64
Kept = dict[str, Any]


@pytest.fixture
def ann() -> User:
    """Who signs."""
    who = person("ann", "sre")
    return who


@pytest.fixture
def kept(ann: User) -> Kept:
    """What is kept of a signature by passkey, after a round trip through JSON."""
    key = Passkey(ann)
    options = ask(person=ann, session="s", digest=DIGEST, roles=["sre", "data"])
    proof = prove(person=ann, session="s", given=Given(answer=key.answer(options)))
    found: Kept = json.loads(json.dumps(proof.assertion))
    return found


def check(kept: Kept, who: User, **other: Any) -> None:
    wanted = {
        "digest": DIGEST, "person": str(who.pk), "role": "sre", "principal": None,
        "relying_party": passkey.relying_party(), "origin": passkey.origin(), **other,
    }  # fmt: skip
    verify(kept, **wanted)


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_an_outsider_verifies_it_with_a_library_of_cryptography_alone(kept: Kept, ann: User) -> None:
    stated = kept["statement"]
    assert (stated["type"], stated["digest"], stated["person"]) == ("plura.orr/sign/v1", DIGEST, str(ann.pk))
    client = json.loads(raw(kept["client_data_json"]))
    assert raw(client["challenge"]) == hashlib.sha256(rfc8785.dumps(stated)).digest()
    data = raw(kept["authenticator_data"])
    assert data[32] & 0x05 == 0x05
    key = load_der_public_key(raw(kept["public_key"]))
    assert isinstance(key, ec.EllipticCurvePublicKey)
    signed = data + hashlib.sha256(raw(kept["client_data_json"])).digest()
    key.verify(raw(kept["signature"]), signed, ec.ECDSA(hashes.SHA256()))


def test_it_holds_for_each_role_that_was_offered(kept: Kept, ann: User) -> None:
    check(kept, ann)
    check(kept, ann, role="data")


@pytest.mark.parametrize(
    ("other", "step"),
    [
        ({"digest": "sha256:" + "b" * 64}, "statement"),
        ({"person": "00000000-0000-0000-0000-000000000000"}, "statement"),
        ({"principal": "00000000-0000-0000-0000-000000000000"}, "statement"),
        ({"role": "security"}, "statement"),
        ({"origin": "https://orr.example"}, "act"),
        ({"relying_party": "orr.example"}, "relying party"),
    ],
)
def test_it_proves_nothing_else(kept: Kept, ann: User, other: dict[str, str], step: str) -> None:
    with pytest.raises(AssertionRefused) as refused:
        check(kept, ann, **other)
    assert refused.value.step == step


def other_digest(kept: Kept) -> None:
    kept["statement"]["digest"] = "sha256:" + "b" * 64


def other_key(kept: Kept) -> None:
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    der = other.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    kept["public_key"] = text(der)


def other_role(kept: Kept) -> None:
    kept["statement"]["roles"] = ["sre"]


def edited_client_data(kept: Kept) -> None:
    client = json.loads(raw(kept["client_data_json"]))
    kept["client_data_json"] = text(json.dumps({**client, "extra": 1}).encode())


def edited_challenge(kept: Kept) -> None:
    client = json.loads(raw(kept["client_data_json"]))
    kept["client_data_json"] = text(json.dumps({**client, "challenge": "AAAA"}).encode())


def registered_instead(kept: Kept) -> None:
    client = json.loads(raw(kept["client_data_json"]))
    kept["client_data_json"] = text(json.dumps({**client, "type": "webauthn.create"}).encode())


def nobody_verified(kept: Kept) -> None:
    data = bytearray(raw(kept["authenticator_data"]))
    data[32] &= ~0x04
    kept["authenticator_data"] = text(bytes(data))


def other_algorithm(kept: Kept) -> None:
    kept["algorithm"] = -257


def no_signature(kept: Kept) -> None:
    del kept["signature"]


def short_data(kept: Kept) -> None:
    kept["authenticator_data"] = text(b"short")


@pytest.mark.parametrize(
    ("forge", "step", "digest"),
    [
        (other_digest, "challenge", "sha256:" + "b" * 64),
        (other_role, "challenge", DIGEST),
        (other_key, "signature", DIGEST),
        (edited_client_data, "signature", DIGEST),
        (edited_challenge, "challenge", DIGEST),
        (registered_instead, "act", DIGEST),
        (nobody_verified, "person", DIGEST),
        (other_algorithm, "signature", DIGEST),
        (no_signature, "form", DIGEST),
        (short_data, "form", DIGEST),
    ],
)
def test_a_forged_one_is_refused_by_the_name_of_the_step(
    kept: Kept, ann: User, forge: Callable[[Kept], None], step: str, digest: str
) -> None:
    check(kept, ann)
    forge(kept)
    with pytest.raises(AssertionRefused) as refused:
        check(kept, ann, digest=digest)
    assert refused.value.step == step


def test_two_questions_are_never_the_same() -> None:
    one = assertion.statement(digest=DIGEST, person="p", roles=["sre", "sre"], nonce="1")
    other = assertion.statement(digest=DIGEST, person="p", roles=["sre"], nonce="2")
    assert one["roles"] == ["sre"]
    assert assertion.challenge(one) != assertion.challenge(other)
