"""Passkeys, codes and sessions as a person meets them: Chromium with a virtual authenticator, and none."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from orr.accounts.models import User
from tests.board import hands
from tests.browser.test_pages_in_a_browser import found
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.browser
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def window(chromium: Browser, live_server: Any, people: dict[str, User]) -> Iterator[Callable[..., Page]]:
    """A new browser at the door, with a virtual authenticator if asked."""
    contexts: list[BrowserContext] = []

    def open_one(*, key: bool = False, scripts: bool = True) -> Page:
        context = chromium.new_context(
            base_url=live_server.url,
            locale="en",
            java_script_enabled=scripts,
            viewport={"width": 1200, "height": 900},
        )
        contexts.append(context)
        page = context.new_page()
        if key:
            devtools = context.new_cdp_session(page)
            devtools.send("WebAuthn.enable")
            devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
        page.goto("/signin")
        return page

    yield open_one
    for context in contexts:
        context.close()


def enter(page: Page, name: str = "sre") -> None:
    page.fill("#u", name)
    page.fill("#p", PASSWORD)
    page.click("form.door-pad button[type=submit]")


def confirm(page: Page) -> None:
    page.goto(hands.ACCOUNT)
    page.get_by_role("link", name="Confirm that it is you").click()
    page.fill("#p", PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def test_a_passkey_is_added_and_signs_in_without_a_password(window: Callable[..., Page]) -> None:
    page = window(key=True)
    enter(page)
    confirm(page)
    page.fill("#pn", "my laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("status")).to_contain_text("The passkey is added")
    expect(page.locator("#passkeys tbody th")).to_have_text("my laptop")
    page.context.clear_cookies()
    page.goto("/signin?next=/approvals")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator("nav.nav [aria-current]")).to_contain_text("My approvals")


def test_a_passkey_is_the_second_factor_of_a_password(window: Callable[..., Page]) -> None:
    page = window(key=True)
    enter(page)
    confirm(page)
    page.fill("#pn", "my laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("status")).to_contain_text("The passkey is added")
    page.context.clear_cookies()
    page.goto("/signin")
    enter(page)
    page.wait_for_url("**/signin/second")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("One more proof")
    page.goto(hands.ACCOUNT)
    page.get_by_role("link", name="Confirm that it is you").click()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("button", name="Add a passkey")).to_be_visible()


def test_a_browser_without_a_key_says_so(window: Callable[..., Page]) -> None:
    page = window()
    page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new Error('no')); }")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator("[data-passkey-failed]")).to_be_visible()
    expect(page.locator("[data-passkey-failed]")).to_be_focused()


def test_without_a_script_the_page_says_what_a_passkey_needs(window: Callable[..., Page]) -> None:
    page = window(scripts=False)
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    expect(page.get_by_text("A passkey needs JavaScript")).to_be_visible()
    enter(page)
    confirm(page)
    expect(page.get_by_text("A passkey needs JavaScript")).to_be_visible()
    page.get_by_role("link", name="Set up").click()
    expect(page.locator(".qr svg")).to_be_visible()


def test_codes_are_set_up_asked_and_stood_in_for(
    window: Callable[..., Page], people: dict[str, User]
) -> None:
    page = window()
    enter(page)
    confirm(page)
    page.get_by_role("link", name="Set up").click()
    assert found(page) == []
    secret = page.locator(".cmd span").inner_text()
    page.fill("#c", hands.code_from(secret, -1))
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("status")).to_contain_text("One-time codes are set up")
    page.get_by_role("button", name="Make them").click()
    expect(page.locator(".spare li")).to_have_count(10)
    spare = page.locator(".spare li").all_inner_texts()
    assert found(page) == []
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as a file").click()
    assert download.value.path().read_text().split() == spare

    other = window()
    enter(other)
    assert found(other) == []
    other.fill("#c", hands.code_of(people["sre"]))
    other.get_by_role("button", name="Sign in").click()
    expect(other.locator("nav.nav")).to_be_visible()

    third = window()
    for code, welcome in ((spare[0], True), (spare[0], False)):
        third.goto("/signin")
        enter(third)
        third.fill("#c", code)
        third.get_by_role("button", name="Sign in").click()
        if welcome:
            expect(third.locator("nav.nav")).to_be_visible()
            third.context.clear_cookies()
    expect(third.get_by_role("alert")).to_contain_text("wrong, or was used already")


def test_signing_out_everywhere_ends_the_other_browser_at_once(window: Callable[..., Page]) -> None:
    here, there = window(), window()
    for page in (here, there):
        enter(page)
        page.goto("/approvals")
    here.goto(hands.ACCOUNT)
    expect(here.locator("#sessions tbody tr")).to_have_count(2)
    here.get_by_role("button", name="Sign out everywhere").click()
    expect(here.get_by_role("heading", level=1)).to_have_text("Sign in")
    there.goto("/approvals")
    assert re.search(r"/signin\?next=/approvals$", there.url)
