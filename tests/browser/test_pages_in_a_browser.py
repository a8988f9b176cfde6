"""Every page in a real browser: axe finds nothing, console and content policy complain about nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.board.test_every_page_opens import COMMON, PAGES

pytestmark = pytest.mark.browser

SEEN = [
    ("proposed", 1440, "light"),
    ("checking", 1440, "dark"),
    ("rolling_out", 390, "light"),
    ("exiting", 390, "dark"),
]


def found(page: Page) -> list[tuple[str, list[Any]]]:
    answer = Axe().run(page).response
    return [(one["id"], [node["target"] for node in one["nodes"]]) for one in answer["violations"]]


@pytest.mark.parametrize(("state", "width", "theme"), SEEN)
def test_the_pages_of_a_review(
    state: str,
    width: int,
    theme: str,
    opened: Callable[..., Page],
    shown: Callable[..., None],
    complaints: list[str],
) -> None:
    shown(state, verdicts={"G4.1": "red", "G6.3": "stale"} if state == "checking" else None)
    page = opened("/orr/ORR-0142", width=width, theme=theme)
    for path in PAGES:
        page.goto(f"/orr/ORR-0142{path}")
        assert found(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") == width, path
    assert complaints == []


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_the_other_pages(width: int, theme: str, opened: Callable[..., Page], complaints: list[str]) -> None:
    page = opened("/", "admin", width=width, theme=theme)
    for path in COMMON:
        page.goto(path)
        assert found(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") == width, path
    assert complaints == []


def test_a_review_can_be_read_and_left_without_scripts(
    opened: Callable[..., Page], shown: Callable[..., None]
) -> None:
    shown("checking", verdicts={"G4.1": "red"})
    page = opened("/orr/ORR-0142", scripts=False)
    page.click("text=All 26")
    assert page.locator("#gate-1 .it").first.is_visible()
    page.click("text=Problems 1")
    assert not page.locator("#gate-1 .it").first.is_visible()
    page.goto("/orr/ORR-0142/exit")
    assert page.locator("#typed").is_visible(), "without a script one types the number"
