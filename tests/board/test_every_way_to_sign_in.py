"""Every way to sign in × wrong password, × inactive (after GitLab 461248)."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from orr.accounts import links, organisation, stepup
from orr.accounts.models import User
from orr.accounts.system import system
from orr.lib.errors import NotAllowed
from tests.board import hands
from tests.factories.passkeys import SoftKey
from tests.factories.people import PASSWORD

WRONG = "not-the-password-at-all"
Way = Callable[[Client, "Door", str], Any]


class Door:
    """A person with every way set up, and what each way needs."""

    def __init__(self, user: User) -> None:
        self.user, self.key = user, SoftKey()
        client = Client()
        client.force_login(user)
        hands.confirm(client)
        hands.add_passkey(client, self.key)
        self.link = links.issue(user, by=system()).rsplit("/", 1)[1]


@pytest.fixture
def door(people: dict[str, User]) -> Door:
    return Door(people["sre"])


def by_password(client: Client, door: Door, password: str) -> Any:
    return hands.enter(client, password=password)


def by_passkey(client: Client, door: Door, password: str) -> Any:
    return hands.by_passkey(client, door.key, username="sre", password=password)


def by_password_then_passkey(client: Client, door: Door, password: str) -> Any:
    hands.enter(client, password=password)
    answer = client.get("/signin/second/options")
    if answer.status_code != 200:
        return answer
    proof = door.key.get(json.loads(answer.content))
    return client.post("/signin/second", {"credential": proof, "password": password})


def by_link(client: Client, door: Door, password: str) -> Any:
    return client.post(f"/welcome/{door.link}", {"password": password, "again": password})


def by_token(client: Client, door: Door, password: str) -> Any:
    return client.get("/approvals", headers={"Authorization": f"Bearer {password}"})


# The way, and whether it has anything to do with the password: a wrong one must then shut it.
WAYS: list[tuple[Way, bool]] = [
    (by_password, True),
    (by_password_then_passkey, True),
    (by_passkey, False),
    (by_link, False),
    (by_token, True),
]


@pytest.mark.parametrize(("way", "asks"), WAYS)
def test_a_wrong_password_opens_no_way_that_asks_for_one(way: Way, asks: bool, door: Door) -> None:
    client = Client()
    way(client, door, WRONG)
    assert hands.inside(client) is not asks


@pytest.mark.parametrize(
    "password", ["", " ", PASSWORD.upper(), PASSWORD + " ", PASSWORD[:-1], "\x00", "!", "x" * 5000]
)
def test_nothing_but_the_password_is_the_password(password: str, door: Door) -> None:
    client = Client()
    assert hands.enter(client, password=password).status_code == 403
    assert client.get("/signin/second").status_code == 302, "no second factor without the first"


@pytest.mark.parametrize("way", [way for way, _asks in WAYS])
def test_an_inactive_person_passes_in_no_way(way: Way, door: Door) -> None:
    User.objects.filter(pk=door.user.pk).update(is_active=False)
    client = Client()
    assert way(client, door, PASSWORD).status_code in (302, 403, 404)
    assert not hands.inside(client)


def test_an_inactive_person_does_not_pass_by_the_organisation(door: Door) -> None:
    from django.test import RequestFactory

    from orr.accounts import signin

    User.objects.filter(pk=door.user.pk).update(is_active=False)
    door.user.refresh_from_db()
    client = Client()
    request = RequestFactory().get("/")
    request.session, request.user = client.session, door.user
    with pytest.raises(NotAllowed):
        signin.by_organisation(request, door.user, to="/")
    assert organisation.connection(door.user) is None


def test_who_is_deactivated_between_the_factors_does_not_pass(door: Door) -> None:
    client = Client()
    hands.enter(client)
    options = json.loads(client.get("/signin/second/options").content)
    User.objects.filter(pk=door.user.pk).update(is_active=False)
    client.post("/signin/second", {"credential": door.key.get(options)})
    assert not hands.inside(client)


def test_a_signature_asks_for_the_password_whatever_way_one_came_in(door: Door) -> None:
    hands.by_passkey(Client(), door.key)
    with pytest.raises(NotAllowed):
        stepup.verify(door.user, password=WRONG)


def test_a_password_alone_does_not_sign_in_who_has_a_second_factor(door: Door) -> None:
    client = Client()
    answer = hands.enter(client, next="/approvals")
    assert (answer.status_code, answer["Location"]) == (302, "/signin/second")
    assert not hands.inside(client)
    options = json.loads(client.get("/signin/second/options").content)
    answer = client.post("/signin/second", {"credential": door.key.get(options)})
    assert (answer.status_code, answer["Location"]) == (302, "/approvals")
    assert hands.inside(client)


def test_somebody_elses_passkey_is_no_second_factor(door: Door, people: dict[str, User]) -> None:
    other = Door(people["security"])
    client = Client()
    hands.enter(client)
    options = json.loads(client.get("/signin/second/options").content)
    assert client.post("/signin/second", {"credential": other.key.get(options)}).status_code == 403
    assert not hands.inside(client)


def test_the_session_gets_a_new_key_at_every_sign_in(door: Door) -> None:
    client = Client()
    hands.enter(client)
    before = client.session.session_key
    options = json.loads(client.get("/signin/second/options").content)
    client.post("/signin/second", {"credential": door.key.get(options)})
    assert client.session.session_key != before


def test_the_page_with_a_one_time_link_is_kept_by_no_browser(people: dict[str, User]) -> None:
    client = Client()
    client.force_login(people["admin"])
    invited = client.post("/settings/invite", {"username": "nova", "name": "Nova"})
    again = client.post("/people/sre", {"act": "link"})
    for answer in (invited, again):
        assert (answer.status_code, "/welcome/" in answer.content.decode()) == (200, True)
        assert "no-store" in answer["Cache-Control"]
