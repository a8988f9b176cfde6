"""Sign-in, the one-time link, language, theme and zone; and error pages that say what to do."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client, override_settings

from orr.accounts import links
from orr.accounts.models import User
from orr.accounts.system import system
from tests.factories.people import PASSWORD, person

HEADERS = (
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "X-Frame-Options",
    "Permissions-Policy",
)


def enter(client: Client, name: str = "sre", password: str = PASSWORD, **more: str) -> Any:
    return client.post("/signin", {"username": name, "password": password, **more})


def test_the_right_password_opens_the_page_one_came_for(client: Client, people: dict[str, User]) -> None:
    answer = enter(client, next="/approvals")
    assert (answer.status_code, answer["Location"]) == (302, "/approvals")


@pytest.mark.parametrize(
    "away", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_the_door_leads_nowhere_else(away: str, client: Client, people: dict[str, User]) -> None:
    assert enter(client, next=away)["Location"] == "/"


def test_five_wrong_passwords_lock_the_name(client: Client, people: dict[str, User]) -> None:
    statuses = [enter(client, "sre", "wrong").status_code for _ in range(6)]
    assert statuses == [403] * 5 + [429]
    assert enter(client).status_code == 429, "the right password does not open a locked name"
    assert enter(client, "security").status_code == 302, "another name is not locked"


@pytest.mark.parametrize("name", ["nobody", "system", "\x00", "a" * 5000])
def test_names_of_nobody_are_refused_alike(name: str, client: Client, people: dict[str, User]) -> None:
    answer = enter(client, name)
    assert answer.status_code == 403
    assert "do not fit together" in answer.content.decode()


def test_demo_accounts_stand_there_in_the_demo_only(client: Client, db: None) -> None:
    assert "demo-orr-2026" not in client.get("/signin").content.decode()
    with override_settings(PLURA_DEMO=True):
        assert client.get("/signin").content.decode().count("data-fill") == 7


def test_a_one_time_link_sets_a_password_once(client: Client, db: None) -> None:
    invited = person("new", "sre")
    path = links.issue(invited, by=system()).split("//")[1].partition("/")[2]
    assert client.get(f"/{path}").status_code == 200
    assert client.post(f"/{path}", {"password": "short", "again": "short"}).status_code == 422
    assert client.post(f"/{path}", {"password": "correct horse battery", "again": "other"}).status_code == 422
    good = {"password": "correct horse battery", "again": "correct horse battery"}
    assert client.post(f"/{path}", good).status_code == 302
    assert client.get("/").status_code == 200, "one is signed in now"
    assert Client().get(f"/{path}").status_code == 404


def test_signing_out_needs_a_form(browser: Callable[..., Client]) -> None:
    client = browser()
    assert client.get("/signout").status_code == 405
    assert client.post("/signout").status_code == 302
    assert client.get("/").status_code == 302


@pytest.mark.parametrize(("wanted", "language"), [("ko", "ko"), ("en", "en"), ("xx", "en")])
def test_the_language_is_kept(wanted: str, language: str, client: Client, db: None) -> None:
    client.get(f"/lang?to={wanted}&next=/signin")
    assert (
        f'<html lang="{language}"'
        in client.get("/signin", headers={"accept-language": "en"}).content.decode()
    )


def test_the_theme_is_kept_and_nothing_else_is_taken(client: Client, db: None) -> None:
    client.get("/theme?to=dark")
    assert 'data-theme="dark"' in client.get("/signin").content.decode()
    client.cookies["orr_theme"] = '"><script>'
    assert 'data-theme="auto"' in client.get("/signin").content.decode()


@pytest.mark.parametrize("zone", ["Nowhere/At_All", "../../etc/passwd", "%2e%2e", "", "Asia%2FSeoul"])
def test_a_zone_that_is_none_is_utc(zone: str, client: Client, db: None) -> None:
    client.cookies["orr_zone"] = zone
    assert client.get("/signin").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/nothing", 404),
        ("get", "/orr/ORR-99999", 404),
        ("get", "/orr/ORR-1", 404),
        ("post", "/approvals", 405),
        ("get", "/orr/ORR-0142/items/G9.9", 404),
        ("get", "/welcome/none", 404),
        ("get", "/people/nobody", 404),
    ],
)
def test_an_error_page_says_what_to_do_with_every_header(
    method: str, path: str, status: int, browser: Callable[..., Client]
) -> None:
    answer = getattr(browser(), method)(path)
    text = answer.content.decode()
    assert answer.status_code == status
    assert "What you can do now" in text
    assert "req-" in text
    assert all(name in answer for name in HEADERS)


def test_a_form_from_elsewhere_is_refused_in_words(people: dict[str, User]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["sre"])
    answer = client.post("/settings/tokens", {"scopes": "orr:read", "days": "1"})
    assert answer.status_code == 403
    assert "too old, or came from another site" in answer.content.decode()


def test_too_much_is_refused_before_it_is_read(browser: Callable[..., Client]) -> None:
    answer = browser("release_manager").post("/new", {"title": "x" * (1024 * 1024 + 1)})
    assert answer.status_code == 413
    assert "larger than 1 MB" in answer.content.decode()


def test_a_failure_on_our_side_shows_no_internals(
    browser: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    from orr.board import reading

    def broken(*_: object) -> None:
        raise RuntimeError("secret internals")

    monkeypatch.setattr(reading, "stamp", broken)
    client = browser()
    client.raise_request_exception = False
    answer = client.get("/orr/ORR-0142")
    text = answer.content.decode()
    assert answer.status_code == 500
    assert "secret internals" not in text
    assert "written whole or not at all" in text
    assert all(name in answer for name in HEADERS)
