"""One conditional request brings every changed part by its id; what did not change costs a 304."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from orr.board import live, reading
from orr.board.live import Stamp
from orr.reviews.acts import touch
from tests.board.moment_fixture import NOW
from tests.factories.reviews import review

POLL = {"hx-request": "true"}
PAGES = ("", "/approve", "/decision", "/rollout", "/audit", "/items/G1.2")
TEXT_FIELDS = re.compile(r"<(textarea|select|input(?![^>]*type=\"hidden\"))")


@pytest.mark.parametrize("page", PAGES)
def test_a_poll_brings_only_parts_each_with_its_id(
    page: str, browser: Callable[..., Client], shown: Callable[..., None]
) -> None:
    shown("rolling_out")
    answer = browser().get(f"/orr/ORR-0142{page}", headers=POLL)
    text = answer.content.decode()
    assert "<html" not in text
    assert text.count('hx-swap-oob="true"') >= 2
    assert 'class="top"' not in text, "the header is never swapped"
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("page", [page for page in PAGES if page != "/items/G1.2"])
def test_no_part_holds_a_field_a_person_types_in(
    page: str, browser: Callable[..., Client], shown: Callable[..., None]
) -> None:
    shown("proposed")
    assert not TEXT_FIELDS.search(browser().get(f"/orr/ORR-0142{page}", headers=POLL).content.decode())


def test_what_did_not_change_is_not_sent_again(
    browser: Callable[..., Client], shown: Callable[..., None]
) -> None:
    shown("proposed")
    client = browser()
    first = client.get("/orr/ORR-0142", headers=POLL)
    again = client.get("/orr/ORR-0142", headers={**POLL, "if-none-match": first["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    assert again.content == b""


def test_a_kept_body_asks_for_no_facts(
    browser: Callable[..., Client], shown: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown("proposed")
    client = browser()
    first = client.get("/orr/ORR-0142")
    monkeypatch.setattr(reading, "both", lambda code, who: pytest.fail("the facts were read again"))
    assert client.get("/orr/ORR-0142").content.count(b"gate-8") == first.content.count(b"gate-8")


def test_an_act_on_the_review_renews_its_page(browser: Callable[..., Client]) -> None:
    code = review().code
    client = browser()
    first = client.get(f"/orr/{code}", headers=POLL)
    touch(code)
    monitored = client.get(f"/orr/{code}", headers={**POLL, "if-none-match": '"another"'})
    assert monitored.status_code == 200
    assert first.status_code == 200


def test_green_never_outlives_its_freshness(
    browser: Callable[..., Client], shown: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = NOW + timedelta(seconds=5)
    shown("checking", next_boundary=soon)
    client = browser()
    client.get("/orr/ORR-0142", headers=POLL)
    shown("checking", verdicts={"G1.2": "stale"})
    before = client.get("/orr/ORR-0142", headers=POLL).content.decode()
    monkeypatch.setattr(reading, "stamp", lambda code, who: Stamp("checking", "", soon))
    after = client.get("/orr/ORR-0142", headers=POLL).content.decode()
    assert "Stale" not in before
    assert "Stale" in after


def test_nobody_gets_the_next_step_of_another(
    browser: Callable[..., Client], shown: Callable[..., None]
) -> None:
    shown("proposed")
    first, second = browser("security"), browser("auditor")
    first.get("/orr/ORR-0142")
    assert "Auditor" in second.get("/orr/ORR-0142").content.decode()


def test_each_reader_gets_a_form_token_of_their_own(
    browser: Callable[..., Client], shown: Callable[..., None]
) -> None:
    shown("proposed")
    client = browser()
    tokens = [
        re.findall(r'csrfmiddlewaretoken" value="(\w+)"', client.get("/orr/ORR-0142").content.decode())
        for _ in "ab"
    ]
    assert tokens[0]
    assert all(len(token) == 64 for token in tokens[0])
    assert live._token_place() not in tokens[0]
    assert set(tokens[0]).isdisjoint(tokens[1]), (
        "a kept body never carries a token from one answer to the next"
    )


def test_a_poll_without_a_session_is_refused_and_not_sent_to_the_door(client: Client, db: None) -> None:
    assert client.get("/orr/ORR-0142", headers=POLL).status_code == 401


@pytest.mark.parametrize(
    ("state", "every"),
    [("exiting", "1000"), ("rolling_out", "1000"), ("observing", "2000"), ("checking", "10000")],
)
def test_the_pace_follows_what_runs(
    state: str, every: str, browser: Callable[..., Client], shown: Callable[..., None]
) -> None:
    shown(state)
    assert browser().get("/orr/ORR-0142", headers=POLL)["Orr-Every"] == every
