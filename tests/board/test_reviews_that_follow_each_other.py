"""A re-review shows what changed and what it carried; what waits is offered to be replaced."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from evidence.models import Evidence
from orr.accounts.models import User
from orr.board import change_form
from orr.celery import app
from orr.decisions import actions
from orr.reports.carry_over import carry_over
from orr.reports.facts import checklist
from orr.reports.viewer import for_person
from orr.reviews import actions as reviews
from orr.reviews.acts import find
from orr.reviews.models import Review
from orr.reviews.states import State
from tests.board.test_every_page_opens import assert_sound
from tests.factories.analyses import recorded
from tests.factories.decisions import green, record
from tests.factories.reviews import review

Browser = Callable[..., Client]
People = dict[str, User]


@pytest.fixture(autouse=True)
def no_worker() -> Any:
    """Collections wait; here nobody answers them."""
    before, app.conf.task_always_eager = app.conf.task_always_eager, False
    yield
    app.conf.task_always_eager = before


@pytest.fixture
def refused(people: People) -> Review:
    """A No-Go with one reading."""
    one = review(requester=people["release_manager"])
    record(one, "G3.3", url="https://ci.example.org/1")
    actions.record_no_go(code=one.code, reason="Search is slow.", actor=people["sre"])
    return find(one.code)


def sent(one: Review, **changed: str) -> dict[str, Any]:
    """The form of a re-review as the page shows it."""
    shown = change_form.fields(one.body)
    flat = {name: value for name, value in shown.items() if isinstance(value, str)}
    rows = {f"item_{name}": [row[name] for row in shown["items"]] for name in change_form.ITEM}
    return {**flat, **rows, "profile": "standard", "re_review_of": one.code, "act": "open", **changed}


def test_the_button_leads_to_the_filled_form(refused: Review, browser: Browser) -> None:
    client = browser("release_manager")
    assert f"/new?re_review_of={refused.code}" in client.get(f"/orr/{refused.code}").content.decode()
    text = assert_sound(client, f"/new?re_review_of={refused.code}")
    assert refused.title in text and f'name="re_review_of" value="{refused.code}"' in text


def test_it_opens_as_a_re_review_that_carries_over(refused: Review, browser: Browser) -> None:
    client = browser("release_manager")
    answer = client.post("/new", sent(refused))
    assert answer.status_code == 302
    made = Review.objects.latest("pk")
    assert made.re_review_of == refused
    board = assert_sound(client, f"/orr/{made.code}?view=all")
    assert f"carried over from {refused.code}" in board and "1 carried over" in board
    assert "the change set is the same" in board
    assert f"carried over from {refused.code}" in assert_sound(client, f"/orr/{made.code}/items/G3.3")


def test_the_form_shows_what_changed_before_it_is_opened(refused: Review, browser: Browser) -> None:
    answer = browser("release_manager").post("/new", sent(refused, title="A safer try", act="check"))
    text = answer.content.decode()
    assert "A safer try" in text and "Model v4 + search configuration" in text


def test_a_refused_form_stays_a_re_review(refused: Review, browser: Browser) -> None:
    answer = browser("release_manager").post("/new", sent(refused, title=""))
    assert answer.status_code == 422
    assert f'name="re_review_of" value="{refused.code}"' in answer.content.decode()


def test_a_former_review_that_is_not_there_is_said(browser: Browser, people: People) -> None:
    client = browser("release_manager")
    assert client.get("/new?re_review_of=ORR-9999").status_code == 404
    one = review(requester=people["release_manager"])
    assert client.post("/new", sent(one, re_review_of="ORR-9999")).status_code == 404


def test_only_what_ended_without_its_change_is_reviewed_again(people: People) -> None:
    one = review(requester=people["release_manager"])
    facts = checklist(one.code)
    offered = {
        state
        for state in [*map(str, State), "expired"]
        if for_person(one.code, people["sre"], {**facts, "state": state})["may"]["re_review"]["ok"]
    }
    assert offered == {"no_go", "void", "expired", "withdrawn", "exited"}
    told = for_person(one.code, people["auditor"], {**facts, "state": "no_go"})["may"]["re_review"]
    assert not told["ok"] and told["reason"]


def test_the_board_asks_before_it_replaces_and_links_both_ways(browser: Browser, people: People) -> None:
    older, newer = (review(requester=people["release_manager"]) for _ in range(2))
    client = browser("release_manager")
    asking = f"/orr/{newer.code}/replace/{older.code}"
    assert asking in client.get(f"/orr/{newer.code}").content.decode()
    assert "Replace it?" not in client.get(f"/orr/{older.code}").content.decode()
    text = assert_sound(client, asking)
    assert older.title in text and find(older.code).state == "checking"
    assert client.post(asking).status_code == 302
    assert find(older.code).state == "withdrawn"
    assert f"Replaced by {newer.code}" in client.get(f"/orr/{older.code}").content.decode()
    assert f"Replaces {older.code}" in client.get(f"/orr/{newer.code}").content.decode()


def test_who_may_not_replace_reads_why(browser: Browser, people: People) -> None:
    older, newer = (review(requester=people["release_manager"]) for _ in range(2))
    client = browser("sre")
    asking = f"/orr/{newer.code}/replace/{older.code}"
    text = assert_sound(client, asking)
    assert "Only the requester" in text and not re.search(r"btn-primary[^>]*type=\"submit\"", text)
    assert client.post(asking).status_code == 403
    assert find(older.code).state == "checking"


def test_what_does_not_wait_for_the_same_target_is_not_replaced(browser: Browser, people: People) -> None:
    who = people["release_manager"]
    older = review(requester=who, environment="prod-us")
    newer = review(requester=who)
    client = browser("release_manager")
    asking = f"/orr/{newer.code}/replace/{older.code}"
    assert "does not wait for a target" in assert_sound(client, asking)
    assert client.post(asking).status_code == 409
    assert client.get(f"/orr/{newer.code}/replace/ORR-9999").status_code == 404


def test_an_edit_keeps_what_the_review_follows(refused: Review, people: People) -> None:
    made = reviews.open_review(
        change_set=refused.body,
        profile="standard",
        actor=people["release_manager"],
        re_review_of=refused.code,
    )
    edited = reviews.edit_change_set(
        code=made.code, change_set={**refused.body, "title": "Else"}, actor=people["release_manager"],
        expected_digest=made.change_set.digest,
    )  # fmt: skip
    assert edited.re_review_of == refused


def test_the_board_of_a_re_review_says_what_it_waits_for(refused: Review, browser: Browser) -> None:
    client = browser("release_manager")
    client.post("/new", sent(refused))
    made = Review.objects.latest("pk")
    green(made)
    said = f"Not decidable before the root-cause analysis of {refused.code} is recorded."
    board = assert_sound(client, f"/orr/{made.code}")
    assert said in board and "Propose a decision" not in board
    recorded(refused.code, refused.requester)
    board = assert_sound(client, f"/orr/{made.code}")
    assert said not in board and "Propose a decision" in board


def test_the_page_of_the_analysis_foresees_what_is_carried(refused: Review, browser: Browser) -> None:
    foreseen = carry_over(refused)
    client = browser("release_manager")
    assert f"{foreseen['carried']} carried over" in client.get(f"/orr/{refused.code}/rca").content.decode()
    client.post("/new", sent(refused))
    made = Review.objects.latest("pk")
    carried = Evidence.objects.filter(subject=made.code, judged="green").exclude(carried_from="")
    assert carried.count() == foreseen["carried"] == 1
