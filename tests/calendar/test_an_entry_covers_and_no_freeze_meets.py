"""Laws of a planned window: one entry covers all of it, no freeze shares a moment with it, peaks are near."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orr.calendar.freezes import AROUND, Kind, Mark, Planned, judge, near
from tests.calendar.lines_fixture import at, mark, planned

ENTRY = mark("entry", "24 00:00", "25 00:00")


def test_an_entry_that_is_as_long_as_the_window_covers_it() -> None:
    assert judge(planned(), [mark("entry", "24 02:00", "24 03:00")]).passed


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        ("2026-11-24T02:00:01+00:00", "24 04:00"),
        ("24 01:00", "2026-11-24T02:59:59+00:00"),
        ("24 04:00", "24 05:00"),
    ],
)
def test_an_entry_that_leaves_a_second_out_covers_nothing(begins: str, ends: str) -> None:
    found = judge(planned(), [mark("entry", begins, ends)])
    assert (found.covering, found.passed) == ((), False)


def test_two_entries_side_by_side_are_no_entry_that_covers() -> None:
    halves = [mark("entry", "24 02:00", "24 02:30"), mark("entry", "24 02:30", "24 03:00")]
    assert not judge(planned(), halves).passed


@pytest.mark.parametrize(("begins", "ends"), [("24 01:00", "24 02:00"), ("24 03:00", "24 04:00")])
def test_a_freeze_that_ends_as_the_window_begins_does_not_meet_it(begins: str, ends: str) -> None:
    assert judge(planned(), [ENTRY, mark("freeze", begins, ends)]).passed


@pytest.mark.parametrize(
    ("begins", "ends"),
    [("24 01:00", "2026-11-24T02:00:01+00:00"), ("2026-11-24T02:59:59+00:00", "24 04:00"),
     ("24 02:20", "24 02:21"), ("20 00:00", "30 00:00")],
)  # fmt: skip
def test_a_freeze_that_meets_one_second_of_the_window_is_in_the_way(begins: str, ends: str) -> None:
    frozen = mark("freeze", begins, ends, name="month-end")
    found = judge(planned(), [ENTRY, frozen], ["black-friday"])
    assert (found.blocking, found.passed) == ((frozen,), False)


def test_a_freeze_that_is_named_passes_and_no_other_with_it() -> None:
    named, other = (
        mark("freeze", "24 00:00", "25 00:00", name=name) for name in ("black-friday", "month-end")
    )
    found = judge(planned(), [ENTRY, named], ["black-friday"])
    assert (found.passed, found.named) == (True, (named,))
    assert not judge(planned(), [ENTRY, named, other], ["black-friday"]).passed
    assert not judge(planned(), [named], ["black-friday"]).passed


def test_a_freeze_without_a_name_is_never_named() -> None:
    assert not judge(planned(), [ENTRY, mark("freeze", "24 00:00", "25 00:00")], [""]).passed


def test_a_peak_stops_nothing() -> None:
    assert judge(planned(), [ENTRY, mark("peak", "24 00:00", "25 00:00")]).passed


@pytest.mark.parametrize(
    ("scope", "covered", "frozen"),
    [
        ({}, True, True),
        ({"environment": "prod-kr"}, True, True),
        ({"environment": "prod-eu"}, False, False),
        ({"services": frozenset({"search", "ingest"})}, True, True),
        ({"services": frozenset({"ingest"})}, False, False),
    ],
)
def test_a_line_counts_where_it_is_of(scope: dict[str, Any], covered: bool, frozen: bool) -> None:
    whole = {"begins": "24 00:00", "ends": "25 00:00"}
    assert bool(judge(planned(), [mark("entry", **whole, **scope)]).covering) is covered
    assert bool(judge(planned(), [mark("freeze", **whole, **scope)]).blocking) is frozen


def test_of_several_services_an_entry_covers_all_and_a_freeze_meets_any() -> None:
    both = planned(services=frozenset({"search", "ingest"}))
    one: dict[str, Any] = {"services": frozenset({"search"})}
    assert not judge(both, [mark("entry", "24 00:00", "25 00:00", **one)]).covering
    assert judge(both, [mark("freeze", "24 00:00", "25 00:00", **one)]).blocking


def test_a_change_that_names_no_service_may_touch_any() -> None:
    silent, some = planned(services=frozenset()), frozenset({"search"})
    assert not judge(silent, [mark("entry", "24 00:00", "25 00:00", services=some)]).covering
    assert judge(silent, [mark("freeze", "24 00:00", "25 00:00", services=some)]).blocking


@pytest.mark.parametrize(
    ("environment", "service"),
    [
        ("Prod-KR", "SEARCH"),
        (" prod-kr\t", " search "),
        ("\uff50rod-kr", "\uff53earch"),
        ("PROD-\u212aR", "\u017fearch"),
    ],
)
def test_no_spelling_of_a_name_escapes_a_freeze_or_misses_an_entry(environment: str, service: str) -> None:
    whole: dict[str, Any] = {"begins": "24 00:00", "ends": "25 00:00"}
    plain = {"environment": "prod-kr", "services": frozenset({"search"})}
    other = {"environment": environment, "services": frozenset({service})}
    for of_mark, of_change in ((plain, other), (other, plain)):
        window = planned(**of_change)
        assert judge(window, [mark("freeze", **whole, **of_mark)]).blocking
        assert judge(window, [mark("entry", **whole, **of_mark)]).covering
        assert near(window, [mark("peak", **whole, **of_mark)])


def test_services_that_are_nothing_but_space_are_none() -> None:
    silent = planned(services=frozenset({" ", ""}))
    some = frozenset({"billing"})
    assert judge(silent, [mark("freeze", "24 00:00", "25 00:00", services=some)]).blocking
    assert not judge(silent, [mark("entry", "24 00:00", "25 00:00", services=some)]).covering


def test_without_a_planned_time_there_is_no_window() -> None:
    whole = {"planned_start": "2026-11-24T02:00:00Z", "planned_end": "2026-11-24T12:00:00+09:00"}
    body = {"environment": "prod-kr", "service_ids": ["search"], **whole}
    assert Planned.of(body) == planned()
    for left_out in whole:
        assert Planned.of({**body, left_out: None}) is None
    assert not near(None, [mark("freeze", "24 00:00", "25 00:00")])


@pytest.mark.parametrize("kind", ["freeze", "peak"])
def test_around_a_peak_or_freeze_is_less_than_two_days_away(kind: str) -> None:
    assert near(planned(), [mark(kind, "20 00:00", "2026-11-22T02:00:01+00:00")])
    assert not near(planned(), [mark(kind, "20 00:00", "22 02:00")])
    assert near(planned(), [mark(kind, "2026-11-26T02:59:59+00:00", "28 00:00")])
    assert not near(planned(), [mark(kind, "26 03:00", "28 00:00")])
    assert not near(planned(), [ENTRY])


moments = st.integers(0, 60).map(lambda n: at("24 02:00") + timedelta(minutes=n))


@given(moments, moments, moments, moments)
def test_for_any_times_a_freeze_is_in_the_way_just_where_a_moment_is_shared(
    a: Any, b: Any, c: Any, d: Any
) -> None:
    if not (a < b and c < d):
        return
    shared = any(a <= t < b and c <= t < d for t in (a, c))
    window = Planned(a, b, "prod-kr", frozenset())
    frozen = Mark(Kind.FREEZE, "f", c, d)
    assert bool(judge(window, [frozen]).blocking) is shared
    assert timedelta(0) < AROUND
