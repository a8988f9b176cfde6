"""Laws of a foreign feed: what it means is found, what it gets wrong is said, and it hangs nothing."""

import time
from datetime import UTC, datetime

import pytest

from orr.calendar import apart
from orr.calendar.apart import Unreadable
from tests.calendar.feed_fixture import event, feed, times

WINDOW = (datetime(2026, 11, 24, 2, tzinfo=UTC), datetime(2026, 11, 24, 3, tzinfo=UTC))
WEEKLY = ("RRULE:FREQ=WEEKLY", *times("20261103T010000Z", "20261103T040000Z"))

WHOLE = times("20261124T010000Z", "20261124T040000Z")
NEVER = "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"
ALWAYS = (("BYYEARDAY", 1, 366), ("BYHOUR", 0, 24), ("BYMINUTE", 0, 60), ("BYSECOND", 0, 60))


def seen(*events: str, zone: str = "UTC") -> list[tuple[str, str]]:
    found = apart.occurrences(feed(*events), WINDOW, zone=zone, seconds=10)
    return [(f"{one.begins:%dT%H:%M}", f"{one.ends:%dT%H:%M}") for one in found]


def test_an_event_that_meets_the_window_is_found() -> None:
    assert seen(event(*times("20261124T010000Z", "20261124T040000Z"))) == [("24T01:00", "24T04:00")]
    assert seen(event(*times("20261124T100000", "20261124T130000", "Asia/Seoul"))) == [
        ("24T01:00", "24T04:00")
    ]
    assert seen(event(*times("20261124T100000", "20261124T130000", "Korea Standard Time"))) == [
        ("24T01:00", "24T04:00")
    ]
    assert seen() == []


def test_half_open_times_only_touch() -> None:
    assert seen(event(*times("20261124T010000Z", "20261124T020000Z"))) == []
    assert seen(event(*times("20261124T030000Z", "20261124T040000Z"))) == []
    assert len(seen(event(*times("20261124T010000Z", "20261124T020001Z")))) == 1


def test_a_whole_day_and_a_time_without_a_zone_are_of_the_feeds_zone() -> None:
    day = event("DTSTART;VALUE=DATE:20261124")
    assert seen(day, zone="Asia/Seoul") == [("23T15:00", "24T15:00")]
    assert seen(day, zone="America/New_York") == []
    assert seen(event("DTSTART:20261124T110000", "DURATION:PT1H"), zone="Asia/Seoul") == [
        ("24T02:00", "24T03:00")
    ]


def test_a_series_comes_again_by_the_wall_clock_of_its_zone() -> None:
    summer = times("20260707T030000", "20260707T040000", "Europe/Berlin")
    assert seen(event(*summer, "RRULE:FREQ=WEEKLY")) == [("24T02:00", "24T03:00")]


def test_an_exception_and_a_moved_occurrence_are_not_where_they_were() -> None:
    assert seen(event(*WEEKLY)) == [("24T01:00", "24T04:00")]
    assert seen(event(*WEEKLY, "EXDATE:20261124T010000Z")) == []
    moved = event("RECURRENCE-ID:20261124T010000Z", *times("20261124T090000Z", "20261124T100000Z"))
    assert seen(event(*WEEKLY), moved) == []
    here = event("RECURRENCE-ID:20261117T010000Z", *times("20261124T023000Z", "20261124T024500Z"))
    assert seen(event(*WEEKLY), here) == [("24T01:00", "24T04:00"), ("24T02:30", "24T02:45")]


def test_what_is_cancelled_does_not_count() -> None:
    whole = times("20261124T010000Z", "20261124T040000Z")
    assert seen(event(*whole, "STATUS:CANCELLED")) == []
    assert seen(event(*whole, "STATUS:TENTATIVE")) == [("24T01:00", "24T04:00")]
    one = event("RECURRENCE-ID:20261124T010000Z", *whole, "STATUS:CANCELLED")
    assert seen(event(*WEEKLY), one) == []


def test_texts_come_as_one_printable_line() -> None:
    told = event(
        *times("20261124T010000Z", "20261124T040000Z"), "DESCRIPTION:a\\nb", summary="x\x00\x1b[2J\x85y"
    )
    found = apart.occurrences(feed(told), WINDOW, zone="UTC", seconds=10)[0]
    assert (found.description, found.title.isprintable(), "\x00" in found.title) == ("a b", True, False)


WRONG = {
    "nothing": (b"", "no iCalendar file"),
    "html": (b"<html>sign in</html>", "no iCalendar file"),
    "cut off": (feed(event(*WEEKLY))[:-9], "no iCalendar file"),
    "an event without an end": (
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VCALENDAR\r\n", "no iCalendar file"
    ),
    "not UTF-8": (b"BEGIN:VCALENDAR\r\nX:\xff\r\nEND:VCALENDAR\r\n", "no iCalendar file"),
    "only an event": (event(*WEEKLY).encode(), "no iCalendar file"),
    "no beginning": (feed(event()), "not understood"),
    "a wrong beginning": (feed(event("DTSTART:soon", "DTEND:20261124T040000Z")), "not understood"),
    "a wrong rule": (feed(event(*WHOLE, "RRULE:FREQ=NEVERLY")), "not understood"),
    "an unknown zone": (feed(event(*times("20261124T010000", "20261124T040000", "Mars/Base"))), "time zone"),
    "an exception in an unknown zone": (
        feed(event(*WEEKLY, "EXDATE;TZID=Mars/Base:20261124T010000")), "time zone"
    ),
    "ends before it begins": (
        feed(event(*times("20261124T040000Z", "20261123T010000Z"))), "before it begins"
    ),
    "every second": (
        feed(event(*times("19700101T000000Z", "19700101T000001Z"), "RRULE:FREQ=SECONDLY")),
        "every hour or more",
    ),
    "more than are read": (
        feed(*[event(*WHOLE, uid=str(n)) for n in range(250)]), "more than"
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_and_never_left_out(what: str) -> None:
    data, word = WRONG[what]
    with pytest.raises(Unreadable) as refused:
        apart.occurrences(data, WINDOW, zone="UTC", seconds=10)
    assert word in str(refused.value)


ENDLESS = {
    "a day that is in no month": feed(
        *[event(*times("19700130T010000Z", "19700130T020000Z"), NEVER, uid=str(n)) for n in range(200)]
    ),
    "every second by the back door": feed(
        event(*times("19700101T010000Z", "19700101T010001Z"),
              "RRULE:FREQ=YEARLY;" + ";".join(
                  f"{name}={','.join(map(str, range(first, last)))}"
                  for name, first, last in ALWAYS
              ))
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("what", ENDLESS)
def test_a_rule_that_never_ends_ends_at_the_deadline(what: str) -> None:
    began = time.monotonic()
    with pytest.raises(Unreadable) as refused:
        apart.occurrences(ENDLESS[what], WINDOW, zone="UTC", seconds=1)
    assert "time and memory" in str(refused.value)
    assert time.monotonic() - began < 4


def test_nothing_of_our_environment_goes_along(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, object] = {}

    def run(command: list[str], **how: object) -> None:
        given.update(how, command=command)
        raise FileNotFoundError

    monkeypatch.setattr(apart.subprocess, "run", run)
    with pytest.raises(FileNotFoundError):
        apart.occurrences(feed(), WINDOW, zone="UTC", seconds=1)
    assert given["env"] == {} and "-I" in given["command"]  # type: ignore[operator]
