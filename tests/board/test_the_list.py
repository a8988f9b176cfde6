"""The list: groups by whose turn it is, pages by key that lose and repeat nothing, and few questions."""

import re
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orr.accounts.membership import sight
from orr.accounts.models import User
from orr.board import live, portfolio, queue
from orr.board.portfolio import Asked
from orr.reviews.models import Review
from tests.factories.people import person, team
from tests.factories.reviews import review

SESSION_AND_PERSON = 2


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    cache.clear()


@pytest.fixture
def many(people: dict[str, User]) -> list[Review]:
    """Sixty-one ended reviews and three open ones, several of them changed at the same moment."""
    first = review(people["release_manager"])
    template = {
        f.attname: getattr(first, f.attname) for f in Review._meta.concrete_fields if f.attname != "id"
    }
    for number in range(63):
        template["state"] = "withdrawn" if number < 61 else "checking"
        template["title"] = f"Change {number}"
        if number % 3 == 0:
            template["updated_at"] = first.updated_at.replace(microsecond=number)
        Review.objects.create(**template)
    return list(Review.objects.all())


def codes(text: str) -> list[str]:
    return re.findall(r'class="ti"><a href="/orr/(ORR-\d+)"', text)


def test_pages_by_key_lose_and_repeat_nothing(many: list[Review], browser: Callable[..., Client]) -> None:
    client = browser("auditor")
    text = client.get("/").content.decode()
    seen = codes(text)
    while link := re.search(r'href="(\?[^"]*group=ended[^"]*)"', text):
        text = client.get("/" + link[1].replace("&amp;", "&")).content.decode()
        seen += codes(text)
    assert len(seen) == len(set(seen)) == len(many)


def test_open_reviews_come_first_whatever_ended_last(
    many: list[Review], browser: Callable[..., Client]
) -> None:
    shown = codes(browser("auditor").get("/").content.decode())
    opened = {one.code for one in many if one.state == "checking"}
    assert set(shown[: len(opened)]) == opened


@pytest.mark.parametrize("words", ["Change 17", "{number}", "{code}", "{small}"])
def test_search_finds_by_title_and_number(
    words: str, many: list[Review], browser: Callable[..., Client]
) -> None:
    one = next(found for found in many if found.title == "Change 17")
    words = words.format(number=one.pk, code=one.code, small=one.code.lower())
    assert one.code in codes(browser("auditor").get("/", {"q": words}).content.decode())
    assert len(codes(browser("auditor").get("/", {"q": words}).content.decode())) <= 2


def test_search_finds_by_the_beginning_of_a_digest(browser: Callable[..., Client]) -> None:
    found = review()
    start = found.change_set.digest.removeprefix("sha256:")[:10]
    assert codes(browser("auditor").get("/", {"q": start}).content.decode()) == [found.code]


@pytest.mark.parametrize(
    "query",
    [{"q": "\x00"}, {"q": "%' OR 1=1 --"}, {"after": "x_y"}, {"after": "2026-01-01_1"}, {"after": "9" * 400},
     {"group": "all"}, {"profile": "\x00"}, {"environment": "x" * 500}, {"q": "9" * 40}],
)  # fmt: skip
def test_nonsense_in_the_address_is_not_a_failure(
    query: dict[str, str], browser: Callable[..., Client]
) -> None:
    assert browser("auditor").get("/", query).status_code == 200


def test_an_empty_list_offers_the_next_step(browser: Callable[..., Client]) -> None:
    text = browser("release_manager").get("/").content.decode()
    assert "No reviews yet" in text
    assert 'href="/new"' in text


def questions(client: Client, path: str) -> int:
    cache.clear()
    client.get("/keys")
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    return len(queries) - SESSION_AND_PERSON


def test_a_longer_list_asks_no_more_questions(many: list[Review], browser: Callable[..., Client]) -> None:
    client = browser("auditor")
    long = questions(client, "/")
    live.forget()
    Review.objects.filter(pk__gt=many[0].pk + 3).delete()
    assert questions(client, "/") == long <= 4


def test_who_sees_less_asks_no_more_questions(many: list[Review], browser: Callable[..., Client]) -> None:
    everything = questions(browser("auditor"), "/")
    home = team("home")
    Review.objects.filter(pk__gt=many[0].pk + 3).update(team=home)
    client = Client(headers={"accept-language": "en"})
    client.force_login(person("member", "sre", team=home))
    assert questions(client, "/") == everything
    shown = set(codes(client.get("/").content.decode()))
    assert shown and shown <= {one.code for one in Review.objects.filter(team=home)}
    assert questions(client, f"/orr/{shown.pop()}") > 1 >= questions_again(client)


def questions_again(client: Client) -> int:
    """What a board that was shown a moment ago asks, to who sees it by their team."""
    code = codes(client.get("/").content.decode())[0]
    client.get(f"/orr/{code}")
    return questions(client, f"/orr/{code}")


def test_a_kept_board_asks_one_question(browser: Callable[..., Client]) -> None:
    code, client = review().code, browser("auditor")
    client.get(f"/orr/{code}")
    assert questions(client, f"/orr/{code}") <= 1


def test_who_requested_a_review_never_finds_it_in_their_approvals(people: dict[str, User]) -> None:
    found = review(people["release_manager"])
    assert [one.pk for one in portfolio.listed(Asked(), people["sre"], sight(people["sre"])).open] == [
        found.pk
    ]
    assert queue.waiting_for(people["release_manager"]) == 0
