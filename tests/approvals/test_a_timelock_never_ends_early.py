"""The timelock runs from the last signature; effect needs ready_at <= t < approve_by, to the microsecond."""

from datetime import UTC, datetime, timedelta

import pytest

from approvals.timelock import Phase, status

FILLED = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
DELAY = timedelta(minutes=10)
READY = FILLED + DELAY
DEADLINE = FILLED + timedelta(hours=1)
MS = timedelta(milliseconds=1)
US = timedelta(microseconds=1)


def phase(now: datetime, filled_at: datetime | None = FILLED) -> Phase:
    return status(now=now, filled_at=filled_at, delay=DELAY, approve_by=DEADLINE).phase


def test_nothing_counts_down_before_the_last_slot_is_filled() -> None:
    assert phase(READY + MS, filled_at=None) is Phase.COLLECTING


@pytest.mark.parametrize("early", [MS, US])
def test_just_before_ready_it_still_runs(early: timedelta) -> None:
    assert phase(READY - early) is Phase.RUNNING


def test_at_ready_it_is_ready() -> None:
    assert phase(READY) is Phase.READY
    assert phase(READY + MS) is Phase.READY


@pytest.mark.parametrize("filled_at", [FILLED, None])
def test_the_deadline_is_half_open(filled_at: datetime | None) -> None:
    assert phase(DEADLINE - US, filled_at) is not Phase.EXPIRED
    assert phase(DEADLINE, filled_at) is Phase.EXPIRED
    assert phase(DEADLINE + MS, filled_at) is Phase.EXPIRED


def test_no_delay_is_ready_at_once() -> None:
    assert status(now=FILLED, filled_at=FILLED, delay=timedelta(0), approve_by=DEADLINE).may_take_effect


def test_a_timelock_that_ends_at_the_deadline_is_too_late() -> None:
    late = DEADLINE - DELAY
    assert status(now=late, filled_at=late, delay=DELAY, approve_by=DEADLINE).too_late
    assert not status(now=late, filled_at=late - US, delay=DELAY, approve_by=DEADLINE).too_late


def test_what_remains_is_never_negative() -> None:
    assert status(now=READY - MS, filled_at=FILLED, delay=DELAY, approve_by=DEADLINE).remaining == MS
    assert status(now=READY + MS, filled_at=FILLED, delay=DELAY, approve_by=DEADLINE).remaining == timedelta(
        0
    )


def test_a_naive_time_or_a_negative_delay_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        phase(READY.replace(tzinfo=None))
    with pytest.raises(ValueError, match="negative"):
        status(now=READY, filled_at=None, delay=-US, approve_by=DEADLINE)


@pytest.mark.parametrize(
    ("now", "filled_at", "found", "may_sign", "may_take_effect"),
    [
        (FILLED, None, "collecting", True, False),
        (READY - US, FILLED, "running", True, False),
        (READY, FILLED, "ready", True, True),
        (DEADLINE - US, FILLED, "ready", True, True),
        (DEADLINE, FILLED, "expired", False, False),
        (DEADLINE, None, "expired", False, False),
    ],
)
def test_each_phase_says_by_its_name_what_may_be_done(
    now: datetime, filled_at: datetime | None, found: str, may_sign: bool, may_take_effect: bool
) -> None:
    standing = status(now=now, filled_at=filled_at, delay=DELAY, approve_by=DEADLINE)
    assert (standing.phase.value, standing.may_sign, standing.may_take_effect) == (
        found,
        may_sign,
        may_take_effect,
    )


def test_ready_is_the_last_signature_and_the_whole_delay() -> None:
    running = status(now=FILLED, filled_at=FILLED, delay=DELAY, approve_by=DEADLINE)
    assert (running.ready_at, running.remaining, running.too_late) == (READY, DELAY, False)
    collecting = status(now=FILLED, filled_at=None, delay=DELAY, approve_by=DEADLINE)
    assert (collecting.ready_at, collecting.remaining, collecting.too_late) == (None, timedelta(0), False)


def test_while_slots_are_open_it_is_too_late_once_a_signature_now_would_be() -> None:
    last = DEADLINE - DELAY
    assert status(now=last, filled_at=None, delay=DELAY, approve_by=DEADLINE).too_late
    assert not status(now=last - US, filled_at=None, delay=DELAY, approve_by=DEADLINE).too_late


@pytest.mark.parametrize("naive", ["now", "filled_at", "approve_by"])
def test_every_time_is_aware(naive: str) -> None:
    given = {"now": READY, "filled_at": FILLED, "approve_by": DEADLINE}
    given[naive] = given[naive].replace(tzinfo=None)
    with pytest.raises(ValueError, match="^a timelock compares aware datetimes only$"):
        status(delay=DELAY, **given)


def test_no_delay_at_all_is_allowed_and_less_is_not() -> None:
    assert status(now=FILLED, filled_at=None, delay=timedelta(0), approve_by=DEADLINE).may_sign
    with pytest.raises(ValueError, match="^a timelock's delay is never negative$"):
        status(now=FILLED, filled_at=None, delay=-US, approve_by=DEADLINE)
