"""The page of an analysis: it opens, keeps what was typed, asks a second person, and is loud when overdue."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from orr.accounts.models import User
from orr.board.views import rca
from orr.decisions import actions, analyses
from orr.decisions.rca import Content
from orr.lib import clock
from orr.reviews.acts import find
from orr.reviews.models import Review
from tests.board.test_every_page_opens import assert_sound
from tests.factories.analyses import complete, recorded
from tests.factories.reviews import review

Browser = Callable[..., Client]
People = dict[str, User]


@pytest.fixture
def refused(people: People) -> Review:
    """A No-Go whose analysis nobody wrote; the release manager requested the review."""
    one = review(requester=people["release_manager"])
    actions.record_no_go(code=one.code, reason="Search is slow.", actor=people["sre"])
    return find(one.code)


def form(owner: User, **changed: Any) -> dict[str, Any]:
    """The form as a browser sends it, with an empty row of each kind."""
    given: dict[str, Any] = {
        "act": "record",
        "seen": "0",
        "happened": "Search was slow.",
        "cause_text": ["The probe was wrong.", ""],
        "cause_kind": ["measurement", ""],
        "action_what": ["Mend the probe", ""],
        "action_owner": [str(owner.pk), ""],
        "action_due": ["2026-12-01T09:00", ""],
        "action_done": ["", ""],
    }
    return {**given, **changed}


def send(client: Client, one: Review, sent: dict[str, Any]) -> HttpResponse:
    return client.post(f"/orr/{one.code}/rca", sent)  # type: ignore[return-value]


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("state", ["no_go", "exiting", "exited"])
def test_it_opens_in_every_state_that_owes_one(
    state: str,
    language: str,
    browser: Browser,
    shown: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown(state)
    monkeypatch.setattr(rca, "find", lambda code: None)
    monkeypatch.setattr(rca, "carry_over", lambda review: {"gates": [], "carried": 0, "asked": 0})
    client = browser("security", language)
    assert "<script>alert" not in assert_sound(client, "/orr/ORR-0142/rca")
    assert_sound(client, "/orr/ORR-0142/rca?write")


def test_where_nothing_is_owed_there_is_no_page(browser: Browser, shown: Callable[..., None]) -> None:
    shown("checking")
    assert browser().get("/orr/ORR-0142/rca").status_code == 404


def test_what_is_typed_is_recorded(refused: Review, browser: Browser, people: People) -> None:
    answer = send(browser("release_manager"), refused, form(people["data"]))
    assert answer.status_code == 302
    owed = analyses.need(refused)
    assert owed.recorded_by == people["release_manager"]
    assert owed.content.causes[0].measurement_fault
    assert owed.content.actions[0].due == "2026-12-01T09:00:00Z"


def test_a_draft_may_be_unfinished(refused: Review, browser: Browser, people: People) -> None:
    sent = form(people["data"], act="save", cause_text=["", ""], action_owner=["", ""])
    assert send(browser("release_manager"), refused, sent).status_code == 302
    assert analyses.need(refused).recorded_at is None
    assert "Mend the probe" in browser("sre").get(f"/orr/{refused.code}/rca").content.decode()


def test_a_refusal_keeps_every_word(refused: Review, browser: Browser, people: People) -> None:
    answer = send(browser("release_manager"), refused, form(people["data"], action_due=["", ""]))
    text = answer.content.decode()
    assert answer.status_code == 409 and "needs an owner and a date" in text
    for word in ("Search was slow.", "The probe was wrong.", "Mend the probe"):
        assert word in text


def test_who_saved_second_keeps_their_words_and_sees_the_others(
    refused: Review, browser: Browser, people: People
) -> None:
    theirs = Content(happened="The disk was full.")
    analyses.save(code=refused.code, content=theirs, seen=0, actor=people["sre"])
    answer = send(browser("release_manager"), refused, form(people["data"]))
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Sre saved another version" in text
    assert "Search was slow." in text and "The disk was full." in text
    assert analyses.need(refused).content == theirs
    assert send(browser("release_manager"), refused, form(people["data"], seen="1")).status_code == 302


def test_who_only_reads_is_offered_no_form(refused: Review, browser: Browser, people: People) -> None:
    client = browser("auditor")
    assert 'name="happened"' not in client.get(f"/orr/{refused.code}/rca").content.decode()
    assert send(client, refused, form(people["data"])).status_code == 403


def test_a_second_person_is_asked_and_the_author_is_not(
    refused: Review, browser: Browser, people: People
) -> None:
    kept = recorded(refused.code, people["release_manager"])
    assert 'name="note"' not in browser("release_manager").get(f"/orr/{refused.code}/rca").content.decode()
    client = browser("sre")
    assert 'name="note"' in client.get(f"/orr/{refused.code}/rca").content.decode()
    sent = {"act": "close", "note": "It fits.", "expected_digest": kept.digest}
    assert send(browser("release_manager"), refused, sent).status_code == 403
    assert send(client, refused, sent).status_code == 302
    assert "It fits." in client.get(f"/orr/{refused.code}/rca").content.decode()


def test_the_owner_of_an_action_marks_it(refused: Review, browser: Browser, people: People) -> None:
    recorded(refused.code, people["release_manager"], actions=complete(people["auditor"]).actions)
    sent = {"act": "done", "place": "0", "seen": "1"}
    assert send(browser("admin"), refused, sent).status_code == 403
    assert send(browser("auditor"), refused, sent).status_code == 302
    assert analyses.need(refused).content.actions[0].done


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"act": "x"},
        {"act": "done", "place": "9", "seen": "0"},
        {"act": "close"},
        {"act": "save", "seen": "-1"},
    ],
)
def test_nonsense_is_refused_and_nothing_is_written(
    refused: Review, browser: Browser, sent: dict[str, str]
) -> None:
    assert send(browser("release_manager"), refused, sent).status_code in (400, 403, 409, 422)
    assert not analyses.need(refused).revisions.exists()


def test_the_board_and_the_list_say_who_writes(refused: Review, browser: Browser) -> None:
    board = browser("release_manager").get(f"/orr/{refused.code}").content.decode()
    assert "Write the RCA" in board and f"/orr/{refused.code}/rca" in board
    assert "Write the RCA" in browser("release_manager").get("/").content.decode()
    assert "Write the RCA" not in browser("auditor").get("/").content.decode()


def test_the_list_asks_the_second_person_to_close(refused: Review, browser: Browser, people: People) -> None:
    recorded(refused.code, people["release_manager"])
    assert "Close the RCA" in browser("sre").get("/").content.decode()
    assert "Close the RCA" not in browser("release_manager").get("/").content.decode()


def test_overdue_is_loud_on_board_and_page(
    refused: Review, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, client = clock.now, browser("release_manager")
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(hours=49))
    for page in (f"/orr/{refused.code}", f"/orr/{refused.code}/rca"):
        assert "overdue" in client.get(page).content.decode()


def test_a_second_person_sends_it_back_and_its_writer_sees_why(
    people: People, browser: Browser, refused: Review
) -> None:
    kept = recorded(refused.code, people["release_manager"])
    sent = {"act": "send_back", "note": "Which probe?", "expected_digest": kept.digest}
    second, writer = browser("sre"), browser("release_manager")
    assert "Send it back to" in second.get(f"/orr/{refused.code}/rca").content.decode()
    assert send(second, refused, sent).status_code == 302
    page = writer.get(f"/orr/{refused.code}/rca").content.decode()
    assert "Which probe?" in page and "RCA sent back" in page and 'value="record"' in page
    story = writer.get(f"/orr/{refused.code}/story").content.decode()
    assert "Root-cause analysis sent back" in story and "Which probe?" in story


def test_sending_back_without_a_reason_is_refused_and_nothing_is_written(
    people: People, browser: Browser, refused: Review
) -> None:
    kept = recorded(refused.code, people["release_manager"])
    sent = {"act": "send_back", "note": " ", "expected_digest": kept.digest}
    assert send(browser("sre"), refused, sent).status_code == 422
    assert analyses.need(refused).recorded_at is not None


def test_a_cause_leads_to_the_evidence_it_names(people: People, browser: Browser, refused: Review) -> None:
    sent = form(people["release_manager"], cause_item=["G1.1", ""])
    assert send(browser("release_manager"), refused, sent).status_code == 302
    page = browser("sre").get(f"/orr/{refused.code}/rca").content.decode()
    assert f'href="/orr/{refused.code}/items/G1.1"' in page
