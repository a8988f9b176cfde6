"""The clock of an analysis is the time alone: its marks, and when it is overdue."""

from datetime import UTC, datetime, timedelta

from orr.decisions import rca as rules

AT = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


def test_the_marks_are_24_40_and_47_hours_of_the_48() -> None:
    assert [mark.at - AT for mark in rules.marks(AT, AT + rules.WITHIN)] == [
        timedelta(hours=24), timedelta(hours=40), timedelta(hours=47),
    ]  # fmt: skip


def test_a_deadline_that_came_earlier_has_the_marks_that_are_left() -> None:
    assert [mark.hours for mark in rules.marks(AT, AT + timedelta(hours=10))] == [40, 47]
    assert rules.marks(AT, AT + timedelta(seconds=1)) == []


def test_overdue_is_the_time_alone_and_only_until_it_is_recorded() -> None:
    assert not rules.overdue(AT, None, AT - timedelta(milliseconds=1))
    assert rules.overdue(AT, None, AT)
    assert not rules.overdue(AT, AT + timedelta(hours=1), AT + timedelta(hours=2))
