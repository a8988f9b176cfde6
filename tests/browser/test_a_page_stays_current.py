"""A page renews itself without taking anything from the hands of who uses it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, Response, expect

from orr.board import live
from tests.board.facts_fixture import facts, viewer

pytestmark = pytest.mark.browser


def poll(page: Page) -> Response:
    """Let the page ask now, and wait for the answer."""
    with page.expect_response(lambda answer: answer.request.headers.get("hx-request") == "true") as caught:
        page.evaluate("htmx.trigger(document.getElementById('live'), 'orr:ask')")
    return caught.value


def test_what_changed_arrives_and_what_did_not_costs_a_304(
    opened: Callable[..., Page], shown: Callable[..., None]
) -> None:
    shown("proposed", signed=1)
    page = opened("/orr/ORR-0142")
    assert poll(page).status == 200
    assert poll(page).status == 304
    live.forget()
    shown("proposed", signed=2)
    assert poll(page).status == 200
    expect(page.locator("#pill")).to_have_text("Signed · timelock running")
    expect(page.locator("#clock b")).to_have_text(re.compile(r"^\d\d:\d\d$"))


def test_a_focused_link_keeps_its_focus_and_an_opened_gate_stays_open(
    opened: Callable[..., Page], shown: Callable[..., None]
) -> None:
    shown("checking", verdicts={"G4.1": "red"})
    page = opened("/orr/ORR-0142")
    poll(page)
    page.click("#gate-1 .tgl")
    expect(page.locator("#gate-1 .it").first).to_be_visible()
    page.focus("#gate-1 .it >> nth=1 >> a >> nth=0")
    live.forget()
    shown("checking", verdicts={"G4.1": "red", "G4.3": "red"})
    poll(page)
    expect(page.locator("#gate-4 .it[data-s=fail]")).to_have_count(2)
    expect(page.locator("#gate-1 .it").first).to_be_visible()
    assert "G1.2" in str(page.evaluate("document.activeElement.getAttribute('href')"))


def test_the_comment_is_never_touched(opened: Callable[..., Page], shown: Callable[..., None]) -> None:
    shown("proposed", signed=1)
    page = opened("/orr/ORR-0142/approve")
    page.fill("#comment", "Halfway through a")
    live.forget()
    shown("proposed", signed=2)
    poll(page)
    expect(page.locator("#pill")).to_have_text("Signed · timelock running")
    expect(page.locator("#comment")).to_have_value("Halfway through a")
    expect(page.locator("#comment")).to_be_focused()


def test_the_exit_button_stays_and_changes_only_its_word(
    opened: Callable[..., Page], shown: Callable[..., None]
) -> None:
    shown("effective")
    page = opened("/orr/ORR-0142")
    poll(page)
    page.focus("[data-exit]")
    page.evaluate("document.querySelector('[data-exit]').dataset.same = 'yes'")
    live.forget()
    shown("rolling_out")
    poll(page)
    expect(page.locator("#exit-word")).to_have_text("Exit")
    assert page.evaluate("document.querySelector('[data-exit]').dataset.same") == "yes"
    expect(page.locator("[data-exit]")).to_be_focused()


def test_when_the_server_is_silent_the_page_says_as_of_when_and_recovers_by_itself(
    opened: Callable[..., Page], shown: Callable[..., None]
) -> None:
    shown("proposed")
    page = opened("/orr/ORR-0142")
    poll(page)

    def cut(route: object, request: Request) -> None:
        if request.headers.get("hx-request"):
            route.abort()  # type: ignore[attr-defined]
        else:
            route.continue_()  # type: ignore[attr-defined]

    page.route("**/*", cut)
    for _ in range(2):
        with page.expect_event("requestfailed"):
            page.evaluate("htmx.trigger(document.getElementById('live'), 'orr:ask')")
    expect(page.locator("#asof")).to_contain_text("As of")
    page.unroute("**/*")
    poll(page)
    expect(page.locator("#asof")).to_be_hidden()


def test_new_log_lines_wait_until_they_are_asked_for(
    opened: Callable[..., Page], shown: Callable[..., None]
) -> None:
    shown("proposed")
    page = opened("/orr/ORR-0142/audit")
    poll(page)
    entries = facts("proposed")["log"]["entries"]
    entries.append({**entries[-1], "seq": 3, "kind": "proposal.signed"})
    live.forget()
    shown("proposed", log={"entries": entries, "count": 3, "gap": 2})
    poll(page)
    expect(page.locator("#log [data-line]")).to_have_count(2)
    expect(page.locator("#log-new")).to_have_text("1 new")
    page.click("#log-new")
    expect(page.locator("#log [data-line]")).to_have_count(3)


def test_times_are_in_the_readers_zone_with_utc_on_hover(
    opened: Callable[..., Page], shown: Callable[..., None]
) -> None:
    shown("proposed")
    page = opened("/orr/ORR-0142")
    moment = page.locator("#rail time").first
    expect(moment).to_have_text("23:08")
    expect(moment).to_have_attribute("title", "2026-11-22 14:08:00 UTC")


def test_a_person_who_may_not_exit_sees_no_button(
    opened: Callable[..., Page], shown: Callable[..., None]
) -> None:
    barred = {"ok": False, "reason": "Your role reads."}
    may = {**viewer()["may"], "exit": barred, "withdraw": barred}
    shown("rolling_out", seen=viewer(may=may))
    expect(opened("/orr/ORR-0142", "auditor").locator("[data-exit]")).to_have_count(0)
