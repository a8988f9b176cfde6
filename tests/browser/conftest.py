"""A real browser against a served site: Debian's Chromium, driven by Playwright."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from orr.accounts.models import User
from orr.board import live
from tests.board.conftest import collected_files as collected_files
from tests.board.conftest import people as people
from tests.board.conftest import quick_passwords as quick_passwords
from tests.board.conftest import shown as shown
from tests.factories.people import PASSWORD

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without the browser these tests cannot run; the end of the run says so."""
    if not Path(CHROMIUM).exists():
        for item in items:
            if "tests/browser" in str(item.path):
                item.add_marker(pytest.mark.skip(reason=f"left out: there is no {CHROMIUM}"))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a file: one that dies takes no other file's tests with it."""
    # Playwright's loop lives in this thread; Django's own check would take it for an async caller.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        # A report typeset earlier in this process leaves its own font list in the environment.
        plain = {name: value for name, value in os.environ.items() if name != "FONTCONFIG_FILE"}
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, env=plain)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained about: console errors, policy violations, failed scripts."""
    return []


@pytest.fixture
def opened(
    chromium: Browser, live_server: Any, people: dict[str, User], complaints: list[str]
) -> Iterator[Callable[..., Page]]:
    """Open a page as the person of a role; width, theme and scripts as asked."""
    contexts = []
    live.forget()

    def open_page(
        path: str, role: str = "security", *, width: int = 1440, theme: Any = "light", scripts: bool = True
    ) -> Page:
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 900},
            color_scheme=theme,
            locale="en",
            timezone_id="Asia/Seoul",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/signin")
        page.fill("#u", role)
        page.fill("#p", PASSWORD)
        page.click("form.door-pad button[type=submit]")
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
