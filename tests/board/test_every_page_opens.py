"""Every page opens in every state of a review, in both languages, with nothing inline and no broken link."""

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from orr.reviews.states import State

PAGES = (
    "",
    "/approve",
    "/decide",
    "/decision",
    "/rollout",
    "/exit",
    "/audit",
    "/items/G1.2",
    "/items/G6.4",
    "/edit",
    "/unsign",
    "/cancel",
    "/break-glass",
)
STATES = [*(state.value for state in State), "expired"]
COMMON = (
    "/",
    "/new",
    "/approvals",
    "/calendar",
    "/calendar?month=2026-02&kind=freeze&environment=prod-kr&service=search",
    "/calendar/new",
    "/audit",
    "/audit/acts",
    "/audit/break-glass",
    "/audit/events",
    "/audit/refusals",
    "/settings",
    "/settings/teams",
    "/settings/teams/everyone",
    "/settings/profiles",
    "/settings/profiles/standard",
    "/settings/sources",
    "/settings/tokens",
    "/settings/security",
    "/settings/security/confirm",
    "/settings/delegations",
    "/keys",
    "/people/security",
)


class Read(HTMLParser):
    """What a page holds that matters here: inline code, links, ids, text fields inside live parts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.inline += [f"{tag} {name}" for name in given if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        if "id" in given:
            self.ids.append(given["id"])
        if tag in {"a", "form"}:
            self.links.append(given.get("href") or given.get("action") or "#")


def leads_somewhere(link: str) -> bool:
    if link.startswith(("#", "?", "https://")):
        return True
    try:
        resolve(re.split(r"[?#]", link)[0])
    except Resolver404:
        return False
    return True


def assert_sound(client: Client, path: str) -> str:
    answer = client.get(path)
    text = answer.content.decode()
    assert answer.status_code == 200, (path, answer.status_code, text[-600:])
    page = Read(text)
    assert page.inline == [], path
    assert [link for link in page.links if not leads_somewhere(link)] == [], path
    assert len(page.ids) == len(set(page.ids)), (path, sorted(i for i in page.ids if page.ids.count(i) > 1))
    assert text.count("<h1") == 1, path
    assert text.count("btn-primary btn-lg btn-block in-dock") <= 1, path
    return text


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("state", STATES)
def test_every_page_of_a_review_opens(
    state: str, language: str, browser: Callable[..., Client], shown: Callable[..., None]
) -> None:
    shown(state)
    client = browser("security", language)
    for page in PAGES:
        assert_sound(client, f"/orr/ORR-0142{page}")


@pytest.mark.parametrize("path", COMMON)
@pytest.mark.parametrize("role", ["security", "admin", "auditor"])
def test_every_other_page_opens(path: str, role: str, browser: Callable[..., Client]) -> None:
    assert_sound(browser(role), path)


def test_the_door_opens_for_everyone(client: Client, db: None) -> None:
    assert_sound(client, "/signin")


@pytest.mark.parametrize(
    "path", [p for p in COMMON if p != "/keys"] + [f"/orr/ORR-0142{page}" for page in PAGES]
)
def test_without_a_sign_in_every_page_leads_to_the_door(path: str, client: Client, db: None) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/signin?next=")
