"""A passkey signs its own person in, at this address, once for each challenge; everything else is refused."""

import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from orr.accounts.models import User
from tests.board import hands
from tests.factories.passkeys import SoftKey


@pytest.fixture
def key(people: dict[str, User]) -> SoftKey:
    made = SoftKey()
    client = Client()
    client.force_login(people["sre"])
    hands.confirm(client)
    assert hands.add_passkey(client, made).status_code == 302
    return made


def test_a_passkey_signs_in_without_a_password(key: SoftKey) -> None:
    client = Client()
    answer = hands.by_passkey(client, key, next="/approvals")
    assert (answer.status_code, answer["Location"]) == (302, "/approvals")
    assert hands.inside(client)


def test_the_same_answer_does_not_sign_in_twice(key: SoftKey) -> None:
    client, second = Client(), Client()
    options = json.loads(client.get("/signin/passkey/options").content)
    proof = {"credential": key.get(options)}
    assert client.post("/signin/passkey", proof).status_code == 302
    second.get("/signin/passkey/options")
    assert second.post("/signin/passkey", proof).status_code == 403
    assert client.post("/signout").status_code == 302
    assert client.post("/signin/passkey", proof).status_code == 403


def test_a_challenge_is_good_for_one_try(key: SoftKey) -> None:
    client = Client()
    options = json.loads(client.get("/signin/passkey/options").content)
    assert client.post("/signin/passkey", {"credential": "{}"}).status_code == 403
    assert client.post("/signin/passkey", {"credential": key.get(options)}).status_code == 403


def test_a_passkey_asked_for_elsewhere_does_not_count(key: SoftKey) -> None:
    key.origin = "https://evil.example"
    assert hands.by_passkey(Client(), key).status_code == 403


def test_a_passkey_without_its_holder_does_not_count(key: SoftKey) -> None:
    key.flags = SoftKey(verified=False).flags
    assert hands.by_passkey(Client(), key).status_code == 403


def test_a_copy_is_noticed_by_its_counter(key: SoftKey) -> None:
    assert hands.by_passkey(Client(), key).status_code == 302
    key.count -= 1
    assert hands.by_passkey(Client(), key).status_code == 403


def test_a_passkey_that_was_removed_signs_nobody_in(key: SoftKey) -> None:
    Authenticator.objects.all().delete()
    assert hands.by_passkey(Client(), key).status_code == 403


@pytest.mark.parametrize(
    "credential",
    ["", "null", "[]", "1", '"x"', "{", "{}", '{"response": null}', '{"response": []}',
     '{"id": "a", "rawId": 5}',
     '{"id":"AA","rawId":"AA","type":"public-key","response":{}}', "\x00", "[" * 2000,
     '{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA",'
     '"signature":"AA","userHandle":"AA"}}'],
)  # fmt: skip
@pytest.mark.parametrize("where", ["/signin/passkey", "/signin/second", "confirm", "add"])
def test_a_made_up_credential_is_refused_in_words(
    where: str, credential: str, key: SoftKey, people: dict[str, User]
) -> None:
    client = Client()
    answer: Any
    if where in ("confirm", "add"):
        client.force_login(people["product"])
        hands.confirm(client)
        client.get(f"{hands.ACCOUNT}/passkeys/options")
        path = "confirm" if where == "confirm" else "passkeys"
        answer = client.post(f"{hands.ACCOUNT}/{path}", {"name": "x", "credential": credential})
    else:
        if where == "/signin/second":
            hands.enter(client)
            client.get("/signin/second/options")
        else:
            client.get("/signin/passkey/options")
        answer = client.post(where, {"credential": credential})
    assert answer.status_code == 403
    assert "was not accepted" in answer.content.decode()


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\nb", "\x00"])
def test_a_passkey_has_a_name(name: str, people: dict[str, User]) -> None:
    client = Client()
    client.force_login(people["sre"])
    hands.confirm(client)
    assert hands.add_passkey(client, SoftKey(), name).status_code == 422
    assert not Authenticator.objects.exists()


def test_a_passkey_that_asks_nothing_of_its_holder_is_not_added(people: dict[str, User]) -> None:
    client = Client()
    client.force_login(people["sre"])
    hands.confirm(client)
    assert hands.add_passkey(client, SoftKey(verified=False)).status_code == 403


def test_the_relying_party_is_our_address_whatever_the_request_says(client: Client, db: None) -> None:
    options = json.loads(client.get("/signin/passkey/options", headers={"host": "127.0.0.1"}).content)
    assert options["publicKey"]["rpId"] == "localhost"
    assert options["publicKey"]["userVerification"] == "required"
