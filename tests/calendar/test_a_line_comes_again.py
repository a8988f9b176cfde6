"""Laws of repetition: by the wall clock of its zone, from its own first time, and always found soon."""

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from orr.calendar import recurrence
from orr.calendar.recurrence import NotARule

BERLIN, SEOUL = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Seoul")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def found(
    begins: str, ends: str, where: ZoneInfo, rule: str, window: tuple[str, str], strictly: bool = True
) -> list[tuple[str, str]]:
    first, last = (datetime.fromisoformat(text).replace(tzinfo=where) for text in (begins, ends))
    seen = recurrence.occurrences(
        first, last, where, rule, (utc(window[0]), utc(window[1])), strictly_long=strictly
    )
    return [(f"{a.astimezone(UTC):%m-%dT%H:%M}", f"{b.astimezone(UTC):%m-%dT%H:%M}") for a, b in seen]


def test_a_line_without_a_rule_is_there_once() -> None:
    assert found("2026-11-24T10:00", "2026-11-24T12:00", SEOUL, "", ("2026-11-24T02:59", "2026-12-24")) == [
        ("11-24T01:00", "11-24T03:00")
    ]
    assert found("2026-11-24T10:00", "2026-11-24T12:00", SEOUL, "", ("2026-11-24T03:00", "2026-12-24")) == []


def test_the_wall_clock_goes_on_when_the_clocks_change() -> None:
    weekly = found(
        "2026-10-18T09:00", "2026-10-18T10:00", BERLIN, "FREQ=WEEKLY", ("2026-10-18", "2026-11-02")
    )
    assert weekly == [
        ("10-18T07:00", "10-18T08:00"),
        ("10-25T08:00", "10-25T09:00"),
        ("11-01T08:00", "11-01T09:00"),
    ]


def test_a_whole_day_is_whole_on_the_day_on_which_the_clocks_change() -> None:
    days = found("2026-03-28T00:00", "2026-03-29T00:00", BERLIN, "FREQ=DAILY", ("2026-03-29", "2026-03-30"))
    assert days == [("03-28T23:00", "03-29T22:00"), ("03-29T22:00", "03-30T22:00")]


def test_an_hour_that_comes_twice_is_read_strictly() -> None:
    nightly = (
        "2026-10-24T01:30",
        "2026-10-24T02:30",
        BERLIN,
        "FREQ=DAILY",
        ("2026-10-25", "2026-10-25T12:00"),
    )
    assert found(*nightly, strictly=True) == [("10-24T23:30", "10-25T01:30")]
    assert found(*nightly, strictly=False) == [("10-24T23:30", "10-25T00:30")]


def test_a_time_that_the_clock_never_shows_is_read_strictly() -> None:
    window = ("2026-03-29", "2026-03-29T12:00")
    begins = ("2026-03-28T02:30", "2026-03-28T04:00", BERLIN, "FREQ=DAILY", window)
    assert found(*begins, strictly=True) == [("03-29T00:30", "03-29T02:00")]
    assert found(*begins, strictly=False) == [("03-29T01:30", "03-29T02:00")]
    ends = ("2026-03-28T01:00", "2026-03-28T02:30", BERLIN, "FREQ=DAILY", window)
    assert found(*ends, strictly=True) == [("03-29T00:00", "03-29T01:30")]
    assert found(*ends, strictly=False) == [("03-29T00:00", "03-29T00:30")]


def test_a_freeze_that_begins_and_ends_in_the_hour_that_comes_twice_comes_again() -> None:
    first, last = utc("2026-10-25T00:30"), utc("2026-10-25T01:15")
    window = (utc("2026-10-25"), utc("2026-10-26T12:00"))
    seen = list(recurrence.occurrences(first, last, BERLIN, "FREQ=DAILY", window, strictly_long=True))
    assert seen[0][0] <= first and last <= seen[0][1]
    assert seen[1] == (utc("2026-10-26T01:30"), utc("2026-10-26T02:15"))


@pytest.mark.parametrize(
    "rule",
    ["FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU", "FREQ=WEEKLY;INTERVAL=5",
     "FREQ=DAILY;INTERVAL=7;UNTIL=20280110", "FREQ=DAILY;COUNT=500"],
)  # fmt: skip
def test_beginning_near_the_window_leaves_out_and_adds_nothing(rule: str) -> None:
    whole = found("2026-11-03T22:00", "2026-11-05T03:00", BERLIN, rule, ("2026-11-01", "2028-12-01"))
    for begin, end in (
        ("2026-11-04", "2026-11-06"),
        ("2027-10-25", "2027-11-25"),
        ("2028-01-01", "2028-03-01"),
    ):
        near = found("2026-11-03T22:00", "2026-11-05T03:00", BERLIN, rule, (begin, end))
        every = recurrence.occurrences(
            datetime(2026, 11, 3, 22, tzinfo=BERLIN), datetime(2026, 11, 5, 3, tzinfo=BERLIN), BERLIN, rule,
            (utc("2026-11-01"), utc("2028-12-01")), strictly_long=True,
        )  # fmt: skip
        meant = [(a, b) for a, b in every if a < utc(end) and utc(begin) < b]
        assert near == [(f"{a:%m-%dT%H:%M}", f"{b:%m-%dT%H:%M}") for a, b in meant]
    assert whole


def test_a_window_in_the_middle_of_an_occurrence_finds_it() -> None:
    long = found("2026-11-01T00:00", "2026-11-11T00:00", SEOUL, "FREQ=MONTHLY", ("2027-01-05", "2027-01-06"))
    assert long == [("12-31T15:00", "01-10T15:00")]


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=WEEKLY;INTERVAL=2", ["11-03", "11-17"]),
        ("FREQ=WEEKLY;COUNT=2", ["11-03", "11-10"]),
        ("FREQ=WEEKLY;UNTIL=20261110", ["11-03", "11-10"]),
        ("FREQ=WEEKLY;UNTIL=20261110T080000Z", ["11-03"]),
        ("FREQ=WEEKLY;BYDAY=TU,TH", ["11-03", "11-05", "11-10", "11-12", "11-17", "11-19", "11-24", "11-26"]),
        ("FREQ=MONTHLY;BYDAY=1TU", ["11-03"]),
        ("FREQ=MONTHLY;BYMONTHDAY=3,20", ["11-03", "11-20"]),
        ("FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=3", ["11-03"]),
    ],
)
def test_each_kind_of_rule(rule: str, days: list[str]) -> None:
    recurrence.check(rule, datetime(2026, 11, 3, 9, tzinfo=UTC), ZoneInfo("UTC"))
    seen = found("2026-11-03T09:00", "2026-11-03T10:00", ZoneInfo("UTC"), rule, ("2026-11-01", "2026-12-01"))
    assert [first[:5] for first, _ in seen] == days


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        ("FREQ=SECONDLY", "FREQ=DAILY"), ("FREQ=HOURLY", "FREQ=DAILY"), ("", "FREQ=DAILY"),
        ("every day", "FREQ=DAILY"),
        ("FREQ=DAILY;FREQ=DAILY", "each part once"), ("FREQ=DAILY;BYSECOND=1", "BYSECOND"),
        ("FREQ=DAILY;BYMONTH=2", "BYMONTH"), ("FREQ=WEEKLY;BYDAY=1TU", "each day once"),
        ("FREQ=WEEKLY;BYDAY=XX", "MO"), ("FREQ=DAILY;INTERVAL=0", "from 1"),
        ("FREQ=DAILY;INTERVAL=1e9", "from 1"),
        ("FREQ=DAILY;INTERVAL=٣", "from 1"), ("FREQ=DAILY;COUNT=9999", "from 1"),
        ("FREQ=DAILY;UNTIL=soon", "UNTIL"),
        ("INTERVAL=2;FREQ=DAILY", "begins with FREQ"), ("FREQ=DAILY;UNTIL=٢٠٢٧١٢٣١", "UNTIL"),
        ("FREQ=DAILY;UNTIL=20261399", "not there"), ("FREQ=DAILY;COUNT=1;UNTIL=20270101", "not by both"),
        ("FREQ=WEEKLY;BYDAY=WE", "first time"), ("FREQ=MONTHLY;BYDAY=2TU", "first time"),
        ("FREQ=MONTHLY;BYMONTHDAY=4", "first time"), ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "first time"),
        ("FREQ=DAILY;UNTIL=20251231", "first time"), ("FREQ=DAILY;" + "X" * 300, "FREQ=DAILY"),
    ],
)  # fmt: skip
def test_a_rule_that_is_not_taken_is_refused_at_once(rule: str, word: str) -> None:
    began = time.monotonic()
    with pytest.raises(NotARule) as refused:
        recurrence.check(rule, datetime(2026, 11, 3, 9, tzinfo=UTC), ZoneInfo("UTC"))
    assert word in str(refused.value)
    assert time.monotonic() - began < 0.5


def test_a_daily_line_of_a_century_is_found_soon() -> None:
    began = time.monotonic()
    seen = found("2000-01-01T09:00", "2000-01-01T10:00", SEOUL, "FREQ=DAILY", ("2099-06-01", "2099-06-03"))
    assert len(seen) == 2 and time.monotonic() - began < 0.5


def test_a_zone_that_nobody_knows_is_refused() -> None:
    with pytest.raises(NotARule):
        recurrence.zone("Mars/Base")
    with pytest.raises(NotARule):
        recurrence.zone("../../etc/passwd")
