"""A decision counts down to its end, says what happens then, and past it leads to the re-review."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from orr.accounts.membership import sight
from orr.accounts.models import User
from orr.board import expiry, live, portfolio, rows, turns
from orr.decisions import executor
from orr.decisions.models import Decision
from orr.guards import contracts
from orr.lib import clock
from orr.lib.met import Met
from orr.reports import pdf
from tests.board.facts_fixture import facts
from tests.board.moment_fixture import NOW
from tests.board.test_every_page_opens import assert_sound
from tests.factories.break_glass import profile_file, signed, waiting
from tests.factories.decisions import propose

pytestmark = pytest.mark.django_db
Browser = Callable[..., Client]


@pytest.fixture
def decision(
    people: dict[str, User], settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Decision:
    """Go with Guards in effect."""
    settings.PLURA_PROFILES = str(tmp_path)
    monkeypatch.setattr(contracts, "answers", lambda _guard: Met())
    manager = people["release_manager"]
    review = waiting(profile_file(tmp_path, timelock=0), manager)
    signed(propose(review, manager), people["sre"], people["security"])
    made = executor.take_effect(review.code)
    assert isinstance(made, Decision)
    return made


@pytest.fixture
def over(decision: Decision, monkeypatch: pytest.MonkeyPatch) -> Decision:
    """The same, at the very moment at which it ends."""
    until = decision.valid_until
    assert until is not None
    monkeypatch.setattr(clock, "now", lambda: until)
    live.forget()
    return decision


def test_it_counts_down_and_says_what_happens_then(browser: Browser, decision: Decision) -> None:
    text = assert_sound(browser("release_manager"), f"/orr/{decision.review.code}/decision")
    assert 'data-until="' in text
    assert "the decision expires, and the change needs a new review" in text
    for link in ("decision.pdf?lang=en", "decision.pdf?lang=ko", "decision.json", "/story"):
        assert link in text


def test_past_its_time_it_leads_to_the_re_review(browser: Browser, over: Decision) -> None:
    client = browser("release_manager")
    text = assert_sound(client, f"/orr/{over.review.code}/decision")
    assert "Open the re-review" in text
    assert f"/new?re_review_of={over.review.code}" in text
    assert 'data-until="' not in text
    assert text.count("btn-primary") == 1
    assert_sound(client, f"/new?re_review_of={over.review.code}")


@pytest.mark.parametrize("path", ["", "/decision", "/story"])
def test_every_page_says_expired(browser: Browser, over: Decision, path: str) -> None:
    text = assert_sound(browser("release_manager"), f"/orr/{over.review.code}{path}")
    pill = text[text.index('<span class="pill"') :]
    assert "Expired</span>" in pill[:400]


def test_the_list_says_expired_and_offers_no_start(decision: Decision, people: dict[str, User]) -> None:
    manager, until = people["release_manager"], decision.valid_until
    assert until is not None
    found = portfolio.listed(portfolio.Asked(), manager, sight(manager)).open

    def row(at: datetime) -> tuple[str, str]:
        told, boundary = rows.rows(found, replace(turns.reader(manager), now=at))
        assert boundary is None or boundary > at
        return told[0]["word"], told[0]["turn"].label

    assert row(until - timedelta(microseconds=1)) == ("In effect", "Start")
    assert row(until) == ("Expired", "Board")


def test_the_report_says_expired(over: Decision) -> None:
    from io import BytesIO

    import pypdf

    page = pypdf.PdfReader(BytesIO(pdf.render(over.review.code, "en"))).pages[0]
    assert "EXPIRED" in page.extract_text()


def test_a_rollout_that_began_in_time_holds_when_it_outlives_the_decision() -> None:
    running = expiry.of(facts("rolling_out"))
    assert running["ticking"] and not running["over"]
    assert "holds and calls a person" in running["then"]
    late = facts("rolling_out")
    late["decision"]["valid_until"] = NOW - timedelta(seconds=1)
    outlived = expiry.of(late)
    assert not outlived["ticking"] and not outlived["over"]
    assert "it holds, and a person is called" in outlived["then"]


@pytest.mark.parametrize("state", ["observing", "closed", "exiting", "exited"])
def test_after_the_rollout_nothing_counts_down(state: str) -> None:
    told = expiry.of(facts(state))
    assert not told["ticking"] and not told["over"]
