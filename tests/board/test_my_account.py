"""My account: looking needs a session, changing a factor needs proof again, by the strongest one has."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from orr.accounts.models import User
from tests.board import hands
from tests.factories.passkeys import SoftKey

CHANGES = [
    ("get", "passkeys/options"),
    ("post", "passkeys"),
    ("post", "passkeys/1"),
    ("get", "codes"),
    ("post", "codes"),
    ("post", "codes/end"),
    ("post", "recovery"),
    ("post", "organisation/connect"),
    ("post", "organisation/disconnect"),
]


@pytest.mark.parametrize(("verb", "path"), CHANGES)
def test_a_change_of_factors_asks_first_who_it_is(
    verb: str, path: str, browser: Callable[..., Client]
) -> None:
    answer = getattr(browser("sre"), verb)(f"{hands.ACCOUNT}/{path}")
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{hands.ACCOUNT}/confirm")
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize(("verb", "path"), [*CHANGES, ("get", ""), ("get", "confirm/options")])
def test_a_stranger_is_led_to_the_door(verb: str, path: str, client: Client, db: None) -> None:
    answer = getattr(client, verb)(f"{hands.ACCOUNT}/{path}".rstrip("/"))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/signin")


def test_proof_holds_for_five_minutes(browser: Callable[..., Client]) -> None:
    client = browser("sre")
    assert hands.confirm(client).status_code == 302
    assert client.get(f"{hands.ACCOUNT}/codes").status_code == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert client.get(f"{hands.ACCOUNT}/codes").status_code == 302


def test_a_fresh_sign_in_is_no_proof_for_a_change(people: dict[str, User]) -> None:
    client = Client()
    hands.enter(client)
    assert client.get(f"{hands.ACCOUNT}/codes").status_code == 302


def test_who_has_a_second_factor_proves_themselves_by_it(people: dict[str, User]) -> None:
    client, key = Client(), SoftKey()
    client.force_login(people["sre"])
    hands.confirm(client)
    hands.add_passkey(client, key)
    again = Client()
    hands.by_passkey(again, key)
    assert hands.confirm(again).status_code == 403, "the password alone does not do"
    options = json.loads(again.get(f"{hands.ACCOUNT}/confirm/options").content)
    answer = again.post(f"{hands.ACCOUNT}/confirm", {"credential": key.get(options)})
    assert (answer.status_code, answer["Location"]) == (302, hands.ACCOUNT)
    assert again.get(f"{hands.ACCOUNT}/codes").status_code == 200


def test_a_passkey_is_renamed_and_removed_by_its_person_alone(
    people: dict[str, User], browser: Callable[..., Client]
) -> None:
    mine, other = browser("sre"), browser("security")
    for client in (mine, other):
        hands.confirm(client)
    hands.add_passkey(mine, SoftKey())
    row = Authenticator.objects.get()
    path = f"{hands.ACCOUNT}/passkeys/{row.pk}"
    assert other.post(path, {"act": "remove"}).status_code == 404
    assert other.post(path, {"act": "rename", "name": "stolen"}).status_code == 404
    assert mine.post(path, {"act": "rename", "name": ""}).status_code == 422
    assert mine.post(path, {"act": "explode"}).status_code == 400
    assert mine.post(path, {"act": "rename", "name": "desk"}).status_code == 302
    row.refresh_from_db()
    assert row.data["name"] == "desk"
    assert mine.post(path, {"act": "remove"}).status_code == 302
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_proof_leads_nowhere_else(away: str, browser: Callable[..., Client]) -> None:
    answer = browser("sre").post(f"{hands.ACCOUNT}/confirm", {"password": hands.PASSWORD, "next": away})
    assert answer["Location"] == hands.ACCOUNT


def test_an_administrators_link_is_for_others(
    people: dict[str, User], browser: Callable[..., Client]
) -> None:
    admin = browser("admin")
    assert admin.post("/people/admin", {"act": "link"}).status_code == 409
    assert admin.post("/people/sre", {"act": "link"}).status_code == 200
    assert "One-time link made" in admin.get("/audit").content.decode()


@pytest.mark.parametrize(
    "path",
    ["/accounts/signup/", "/signup", "/accounts/login/", "/accounts/email/", "/accounts/password/reset/",
     "/accounts/2fa/", "/accounts/3rdparty/signup/", "/accounts/oidc/x/login/",
     "/_allauth/browser/v1/config"],
)  # fmt: skip
def test_of_allauths_own_pages_none_is_there(path: str, browser: Callable[..., Client]) -> None:
    assert browser("sre").get(path).status_code == 404
    assert Client().get(path).status_code == 404
