"""What the calendar shows to whom, and what its form does with whatever is typed."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client

from orr.accounts.models import User
from orr.board import calendar_form
from orr.board.calendar_month import month_of
from orr.calendar import actions
from orr.calendar.models import Entry
from orr.reviews import actions as reviews
from tests.calendar.lines_fixture import line
from tests.factories.change_sets import change_set
from tests.factories.people import person, team

pytestmark = pytest.mark.django_db
FORM = {
    "kind": "freeze", "title": "Black Friday", "name": "black-friday", "reason": "Nobody touches the shop.",
    "owner_role": "product", "begins_at": "2026-11-27T00:00", "ends_at": "2026-11-30T00:00",
    "zone": "Asia/Seoul",
    "repeats": "", "until": "", "rule": "", "environment": "", "services": "", "owner": "",
}  # fmt: skip


@pytest.fixture
def manager() -> User:
    return person("manager", "release_manager")


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def test_a_month_stands_in_the_address_and_anything_else_is_this_month() -> None:
    today = date(2026, 11, 24)
    assert month_of("2027-02", today) == date(2027, 2, 1)
    for text in ("", "2027-13", "9999-01", "2027-2", "x", "2027-02\n"):
        assert month_of(text, today) == date(2026, 11, 1)


def test_a_month_that_is_far_away_is_the_nearest_that_is_shown() -> None:
    today = date(2026, 11, 24)
    assert month_of("2031-11", today) == date(2031, 11, 1)
    assert month_of("2199-12", today) == month_of("2031-12", today) == date(2031, 11, 1)
    assert month_of("2100-01", date(2098, 1, 31)) == date(2100, 1, 1)
    assert month_of("2021-11", today) == month_of("2010-01", today) == date(2021, 11, 1)


@pytest.mark.parametrize(
    ("begins", "ends", "longer", "shorter"),
    [
        # The clock shows 02:00 to 03:00 twice.
        ("2026-10-25T02:15", "2026-10-25T02:45", ("00:15", "01:45"), None),
        ("2026-10-25T02:15", "2026-10-25T05:00", ("00:15", "04:00"), ("01:15", "04:00")),
        ("2026-10-25T00:00", "2026-10-25T02:30", ("22:00", "01:30"), ("22:00", "00:30")),
        # It never shows 02:00 to 03:00.
        ("2026-03-29T02:30", "2026-03-29T05:00", ("00:30", "03:00"), ("01:30", "03:00")),
        ("2026-03-29T00:00", "2026-03-29T02:30", ("23:00", "01:30"), ("23:00", "00:30")),
    ],
)
def test_around_the_change_of_clocks_a_freeze_is_longer_and_an_entry_shorter(
    begins: str, ends: str, longer: tuple[str, str], shorter: tuple[str, str] | None, manager: User
) -> None:
    for kind, said in (("freeze", longer), ("peak", longer), ("entry", shorter)):
        sent = {**FORM, "kind": kind, "begins_at": begins, "ends_at": ends, "zone": "Europe/Berlin"}
        answer = browser(manager).post("/calendar/new", sent)
        if said is None:
            assert answer.status_code == 422 and "ends after it begins" in answer.content.decode()
            continue
        made = Entry.objects.get(pk=answer["Location"].rsplit("/", 1)[1])
        assert (f"{made.begins_at:%H:%M}", f"{made.ends_at:%H:%M}") == said


def test_a_freeze_shows_on_each_of_its_days_and_names_the_change_in_it(manager: User) -> None:
    actions.enter(line=line("freeze", "24 00:00", "26 00:00", title="Month end"), actor=manager)
    body = change_set(planned_start="2026-11-24T02:00:00Z", planned_end="2026-11-24T03:00:00Z")
    review = reviews.open_review(change_set=body, profile="standard", actor=manager)
    text = browser(manager).get("/calendar?month=2026-11").content.decode()
    # Two days of the grid, and the list of what is ahead as long as it is ahead.
    assert text.count('class="tag"') == 2
    assert f'data-s="fail" href="/orr/{review.code}"' in text
    assert "1 change lies in a freeze" in text
    assert review.code not in browser(manager).get("/calendar?month=2026-11&kind=freeze").content.decode()
    assert "Month end" not in browser(manager).get("/calendar?month=2026-10").content.decode()


def test_changes_of_another_team_are_not_on_the_page(manager: User) -> None:
    team("home", "search")
    body = change_set(planned_start="2026-11-24T02:00:00Z", planned_end="2026-11-24T03:00:00Z")
    review = reviews.open_review(change_set=body, profile="standard", actor=manager)
    stranger = person("stranger", "sre", team=team("elsewhere", "billing"))
    assert review.code in browser(manager).get("/calendar?month=2026-11").content.decode()
    page = browser(stranger).get("/calendar?month=2026-11").content.decode()
    assert review.code not in page and review.title not in page


def test_a_form_writes_a_line_by_the_clock_of_its_zone(manager: User) -> None:
    sent = {**FORM, "repeats": "YEARLY", "until": "2028-12-01", "services": "search, ingest\nsearch"}
    answer = browser(manager).post("/calendar/new", sent)
    made = Entry.objects.get()
    assert answer["Location"] == f"/calendar/{made.pk}"
    assert made.begins_at == datetime(2026, 11, 26, 15, tzinfo=UTC)
    assert (made.rule, made.services) == ("FREQ=YEARLY;UNTIL=20281201", ["search", "ingest"])
    page = browser(person("reader", "auditor")).get(answer["Location"]).content.decode()
    assert "A freeze or a peak is cancelled by its owner or by an administrator." in page
    assert "Cancel this line" not in page


def test_the_same_form_sent_twice_writes_one_line(manager: User) -> None:
    client, key = browser(manager), {"key": "5f2c1c1e-58a3-4b5e-8f1f-0d0d0d0d0d0d"}
    where = {client.post("/calendar/new", {**FORM, **key})["Location"] for _ in range(2)}
    assert len(where) == Entry.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"begins_at": "soon"}, "Give a date and a time."), ({"begins_at": ""}, "Give a date and a time."),
        ({"begins_at": "0001-01-01T00:00"}, "Give a date and a time."), ({"zone": "Mars"}, "no time zone"),
        ({"begins_at": "9999-12-31T23:59"}, "Give a date and a time."),
        ({"owner": "nobody-here"}, "nobody-here"),
        ({"title": ""}, "missing"), ({"title": "a\x00b"}, "At most"), ({"reason": "\x1b"}, "At most"),
        ({"rule": "FREQ=SECONDLY"}, "FREQ=DAILY"),
        ({"rule": "INTERVAL=2;FREQ=DAILY"}, "begins with FREQ"),
        ({"rule": "FREQ=DAILY;UNTIL=\u0662\u0660271231"}, "UNTIL"),
        ({"rule": "FREQ=DAILY;UNTIL=99991231T235959Z"}, "not there"),
        ({"repeats": "DAILY", "until": "soon"}, "UNTIL"),
        ({"services": "\x00"}, "At most 100"),
        ({"services": ",".join(map(str, range(900)))}, "At most 100"), ({"kind": "x"}, "a peak"),
        ({"environment": "e" * 4000}, "At most 60"), ({"key": "x", "title": ""}, "missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_place_and_what_was_typed_is_kept(
    wrong: dict[str, Any], word: str, manager: User
) -> None:
    answer = browser(manager).post("/calendar/new", {**FORM, **wrong})
    text = answer.content.decode()
    assert answer.status_code in (404, 422) and word in text
    assert "Nobody touches the shop." in text or "reason" in wrong
    assert not Entry.objects.exists()


def test_a_refused_cancelling_keeps_its_reason(manager: User) -> None:
    made = actions.enter(line=line("freeze"), actor=manager)
    answer = browser(manager).post(f"/calendar/{made.pk}", {"reason": "We want out."})
    assert answer.status_code == 403 and "cancelled by its owner" in answer.content.decode()
    owner = browser(person("owner", "product"))
    assert owner.post(f"/calendar/{made.pk}", {"reason": " "}).status_code == 422
    assert owner.post(f"/calendar/{made.pk}", {"reason": "Over."}).status_code == 302
    assert owner.post(f"/calendar/{made.pk}", {"reason": "Over."}).status_code == 409
    assert "Over." in owner.get(f"/calendar/{made.pk}").content.decode()


def test_an_address_fills_the_form_in() -> None:
    typed = calendar_form.fields({"title": "x", "begins_at": "2026-11-27T00:00"})
    assert (typed["title"], typed["kind"], typed["begins_at"]) == ("x", "entry", "2026-11-27T00:00")
