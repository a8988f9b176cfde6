"""Holding Exit, typing instead, the keys, theme and language: by mouse and by keyboard alike."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from orr.reviews.models import Review
from tests.factories import reviews

pytestmark = pytest.mark.browser

# Without a rollback key there is nothing that a rehearsal would wait for.
PLAIN = [{"kind": "image", "name": "search-api", "to": {"version": "2.19.0"}}]


def review() -> Review:
    return reviews.review(items=PLAIN)


def test_a_short_press_does_nothing(opened: Callable[..., Page]) -> None:
    code = review().code
    page = opened(f"/orr/{code}/exit", "sre")
    button = page.locator("[data-hold-button]")
    button.click()
    button.hover()
    page.mouse.down()
    page.wait_for_timeout(700)
    page.mouse.up()
    page.wait_for_timeout(1200)
    assert page.url.endswith("/exit")
    assert Review.objects.get().state == "checking"


def test_holding_the_mouse_for_a_second_and_a_half_withdraws(opened: Callable[..., Page]) -> None:
    code = review().code
    page = opened(f"/orr/{code}/exit", "sre")
    page.locator("[data-hold-button]").hover()
    page.mouse.down()
    page.wait_for_url(re.compile(rf"/orr/{code}$"))
    page.mouse.up()
    assert Review.objects.get().state == "withdrawn"


def test_holding_space_does_the_same(opened: Callable[..., Page]) -> None:
    code = review().code
    page = opened(f"/orr/{code}/exit", "sre")
    expect(page.locator("[data-hold-button]")).to_be_focused()
    page.keyboard.down(" ")
    page.wait_for_url(re.compile(rf"/orr/{code}$"))
    page.keyboard.up(" ")
    assert Review.objects.get().state == "withdrawn"


def test_typing_the_number_does_the_same(opened: Callable[..., Page]) -> None:
    code = review().code
    page = opened(f"/orr/{code}/exit", "sre")
    page.click("[data-type-instead]")
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"/orr/{code}$"))
    assert Review.objects.get().state == "withdrawn"


def test_without_scripts_one_types_the_number(opened: Callable[..., Page]) -> None:
    code = review().code
    page = opened(f"/orr/{code}/exit", "sre", scripts=False)
    page.fill("#typed", code)
    page.click(".typed button")
    page.wait_for_url(re.compile(rf"/orr/{code}$"))
    assert Review.objects.get().state == "withdrawn"


def test_the_slash_finds_and_the_theme_and_language_switch(opened: Callable[..., Page]) -> None:
    page = opened("/", "sre")
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.click("summary[aria-label*='menu']")
    page.click("[data-theme-to=dark]")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.click(".top > .lang >> text=한국어")
    expect(page.locator("html")).to_have_attribute("lang", "ko")


def test_every_control_of_a_form_is_reached_by_the_tab_key(opened: Callable[..., Page]) -> None:
    page = opened("/new", "release_manager")
    page.focus("#title")
    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.id || document.activeElement.name || ''"))
    assert [
        one for one in ("summary", "environment", "item-1-name", "item-1-key", "oncall") if one not in seen
    ] == []


def test_a_row_is_added_and_removed(opened: Callable[..., Page]) -> None:
    page = opened("/new", "release_manager")
    page.fill("#item-1-name", "search-api")
    page.click("[data-add=items]")
    rows = page.locator("[data-rows=items] > [data-row]")
    expect(rows).to_have_count(2)
    expect(rows.nth(1).locator("[name=item_name]")).to_have_value("")
    rows.nth(0).locator("[data-remove]").click()
    expect(rows).to_have_count(1)


def test_a_refusal_takes_the_focus_and_keeps_the_words(opened: Callable[..., Page]) -> None:
    page = opened("/new", "release_manager")
    page.fill("#summary", "Words that stay")
    page.click("aside button:has-text('Open review')")
    expect(page.locator("[role=alert]")).to_be_focused()
    expect(page.locator("#summary")).to_have_value("Words that stay")
