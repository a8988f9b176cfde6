"""G7.4: every touched service has a runbook and a continuity plan that answer and are young; each says so."""

import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from evidence import registry
from evidence.collectors import runbooks
from evidence.contract import Denied, Lacking, Malformed, Query, Reading, Unavailable, Unconfigured, Window
from orr.lib.errors import Invalid
from orr.sources.ask import ask
from orr.sources.load import sources
from tests.evidence.conftest import facts_of, rule
from tests.lib.rogue import Behaviour, answering, serving

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SOURCE = '[sources.wiki]\nkind = "runbooks"\nurl = "{url}"\ninternal = true\ntimeout = 2\n'
ITEM = '[items."G7.4"]\nsource = "wiki"\n'
SEARCH = '[items."G7.4".services.search]\nrunbook = "/runbooks/search"\ncontinuity = "/plans/search?v=2"\n'
BILLING = '[items."G7.4".services.billing]\nrunbook = "/runbooks/billing"\ncontinuity = "/plans/search?v=2"\n'
Configure = Callable[[str], None]
Judge = Callable[..., Reading]
Told = dict[str, tuple[str, bytes, str | None]]


def date(age: timedelta) -> str:
    return format_datetime(NOW - age, usegmt=True)


def pages(told: Told) -> Behaviour:
    """A web server: status, body and `Last-Modified` of the given paths; all others are nine days old."""

    def behave(connection: socket.socket, head: bytes) -> None:
        path = head.split()[1].decode()
        status, body, written = told.get(path, ("200 OK", b"# how to", date(9 * DAY)))
        headers = f"Last-Modified: {written}\r\n" if written is not None else ""
        answering(body, status, headers)(connection, head)

    return behave


@pytest.fixture
def judge(configure: Configure) -> Judge:
    """`judge({path: …}, services=…)`: the reading of a change set that touches these services."""

    def collect(
        told: Told | None = None, *, services: tuple[str, ...] = ("search",), items: str = SEARCH, **how: Any
    ) -> Reading:
        with serving(pages(told or {})) as rogue:
            configure(SOURCE.format(url=rogue.url) + ITEM + items)
            query = Query("G7.4", rule("G7.4", **how), facts_of(service_ids=list(services)))
            return runbooks.factory().collect(query, Window.before(NOW, 1))

    return collect


def test_both_pages_of_every_touched_service_answer(judge: Judge) -> None:
    found = judge(services=("search", "billing", "search"), items=SEARCH + BILLING)
    assert (found.passed, found.text, found.samples) == (True, "4 / 4", 4)
    assert found.holds_until == NOW - 9 * DAY + 180 * DAY
    assert found.query.splitlines() == [
        "GET /runbooks/search", "GET /plans/search?v=2", "GET /runbooks/billing",
    ]  # fmt: skip
    assert [label for label, _ in found.links][0] == "search /runbooks/search"
    assert found.url.endswith("/runbooks/search")


def test_of_a_page_its_hash_is_kept_and_not_its_words(judge: Judge) -> None:
    found = judge({"/runbooks/search": ("200 OK", b"the root password is", date(DAY))})
    assert b"password" not in found.raw
    kept = json.loads(found.raw)["answers"][0]["answer"]
    assert (kept["status"], kept["bytes"], len(kept["sha256"])) == (200, 20, 64)


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone"])
def test_a_page_that_is_not_there_is_red_and_named(judge: Judge, status: str) -> None:
    found = judge({"/runbooks/search": (status, b"no such page", date(DAY))})
    assert (found.passed, found.text, found.holds_until) == (False, "1 / 2", None)
    assert "runbook of search is not at /runbooks/search" in str(found.detail)


@pytest.mark.parametrize(("age", "passed"), [(180 * DAY, True), (180 * DAY + timedelta(seconds=1), False)])
def test_a_page_that_nobody_looked_after_is_red_and_named(judge: Judge, age: timedelta, passed: bool) -> None:
    found = judge({"/plans/search?v=2": ("200 OK", b"plan", date(age))})
    assert found.passed is passed
    if not passed:
        assert "continuity plan of search is of " in str(found.detail)


def test_the_stricter_of_profile_and_sources_file_counts(judge: Judge) -> None:
    week = ITEM.replace(ITEM, 'max_age = "7d"\n') + SEARCH
    assert judge(items=week).passed is False
    assert judge(items=SEARCH, max_age=7 * 86_400).passed is False
    assert judge(items='max_age = "90d"\n' + SEARCH, max_age=7 * 86_400).passed is False
    with pytest.raises(Malformed, match="how old"):
        judge(max_age=0)


@pytest.mark.parametrize("written", [None, "", "yesterday", "Tue, 99 Nov 2026 12:00:00 GMT", "0"])
def test_a_page_without_a_date_is_pending_and_named(judge: Judge, written: str | None) -> None:
    with pytest.raises(Lacking, match="continuity plan of search does not say when"):
        judge({"/plans/search?v=2": ("200 OK", b"plan", written)})


def test_a_page_of_a_time_that_has_not_come_is_refused(judge: Judge) -> None:
    with pytest.raises(Malformed, match="not come yet"):
        judge({"/runbooks/search": ("200 OK", b"x", date(-timedelta(minutes=2)))})


@pytest.mark.parametrize(
    ("items", "services", "named"),
    [
        (SEARCH, ("search", "billing"), "no runbook of billing (2 pages are missing)"),
        (SEARCH + '[items."G7.4".services.billing]\nrunbook = "/r"\n', ("billing", "search"),
         "no continuity plan of billing (1 pages are missing)"),
        (SEARCH, ("Search",), "no runbook of Search"),
    ],
)  # fmt: skip
def test_a_service_without_a_link_is_pending_and_named_and_not_hidden_by_the_others(
    judge: Judge, items: str, services: tuple[str, ...], named: str
) -> None:
    with pytest.raises(Lacking) as waits:
        judge(items=items, services=services)
    assert named in str(waits.value.sentence)


def test_what_is_wrong_is_red_even_where_another_link_is_missing(judge: Judge) -> None:
    gone = {"/runbooks/search": ("404 Not Found", b"", None)}
    assert judge(gone, services=("billing", "search")).passed is False


def test_a_change_set_that_touches_no_service_is_pending(judge: Judge) -> None:
    with pytest.raises(Lacking, match="names no service"):
        judge(services=())


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        ("200 OK", b"", Malformed),
        ("200 OK", b" \n ", Malformed),
        ("302 Found", b"sign in", Unavailable),
        ("500 Internal Server Error", b"x", Unavailable),
        ("401 Unauthorized", b"x", Denied),
        ("403 Forbidden", b"x", Denied),
    ],
)
def test_what_is_no_page_is_an_error(judge: Judge, status: str, body: bytes, kind: Any) -> None:
    with pytest.raises(kind):
        judge({"/runbooks/search": (status, body, date(DAY))})


def test_many_services_are_asked_for_up_to_a_bound(judge: Judge) -> None:
    names = [f"s{n}" for n in range(31)]
    pages_of = "".join(f'[items."G7.4".services.{n}]\nrunbook = "/{n}"\ncontinuity = "/{n}"\n' for n in names)
    with pytest.raises(Lacking, match="more than 60 pages"):
        judge(items=pages_of, services=tuple(names))


def test_without_its_source_the_item_says_what_satisfies_it(configure: Configure) -> None:
    configure("")
    with pytest.raises(Unconfigured) as waits:
        runbooks.factory()
    assert waits.value.sentence == registry.waiting("G7.4")


@pytest.mark.parametrize(
    "items",
    ["", '[items."G7.4".services]\n', '[items."G7.4".services.a]\nrunbook = "https://elsewhere.example"\n',
     '[items."G7.4".services.a]\nrunbook = "/a b"\n', '[items."G7.4".services.a]\npage = "/a"\n'],
)  # fmt: skip
def test_links_that_are_none_are_refused_with_the_file(configure: Configure, items: str) -> None:
    configure(SOURCE.format(url="http://127.0.0.1:1") + ITEM + items)
    with pytest.raises(Invalid):
        sources()


def test_the_check_asks_for_the_first_page_and_its_date(configure: Configure) -> None:
    for items, told, ok in (
        (ITEM + SEARCH, ("200 OK", b"x", date(DAY)), True),
        (ITEM + SEARCH, ("200 OK", b"x", None), False),
        (ITEM + SEARCH, ("404 Not Found", b"x", date(DAY)), False),
        ("", ("404 Not Found", b"x", None), True),
    ):
        with serving(pages({"/runbooks/search": told, "/": told})) as rogue:
            configure(SOURCE.format(url=rogue.url) + items)
            assert ask(sources().by_name["wiki"]).ok is ok
