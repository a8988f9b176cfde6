"""No application clock and no wait for a lock makes a timelock end early or a deadline late."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction

from approvals import actions, quorum
from approvals.models import Request, State
from orr.lib import clock
from orr.lib.errors import Conflict

Make = Callable[..., Any]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=[-3600, 0, 3600], ids=["an hour slow", "right", "an hour fast"])
def application_clock(request: pytest.FixtureRequest) -> Iterator[None]:
    """Python's clock, wrong by an hour."""
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=request.param)):
        yield


def take_effect(request: Request) -> bool:
    try:
        actions.end(request_id=request.pk, state=State.EFFECTIVE)
    except Conflict as refusal:
        assert "still running" in str(refusal)
        return False
    return True


@pytest.mark.usefixtures("application_clock")
def test_effect_comes_within_a_millisecond_of_ready_and_never_before(request_for: Make, sign: Make) -> None:
    for number in range(3):
        request = request_for(f"S-{number}", delay=timedelta(milliseconds=700))
        sign(request, "ann", 0)
        sign(request, "bob", 1)
        request.refresh_from_db()
        ready = request.filled_at + request.delay
        early = 0
        while True:
            before = clock.now()
            if take_effect(request):
                break
            early += 1
            assert before < ready
        request.refresh_from_db()
        assert request.ended_at >= ready
        assert early > 0


def hold(request: Request, seconds: float, held: Event) -> None:
    with transaction.atomic():
        actions.lock(request.pk)
        held.set()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(%s)", [seconds])
    connection.close()


@pytest.fixture
def waiting() -> Iterator[Callable[[Request, float], None]]:
    """Another session holds the request's row for a while."""
    with ThreadPoolExecutor(1) as other:

        def make(request: Request, seconds: float) -> None:
            held = Event()
            other.submit(hold, request, seconds, held)
            assert held.wait(5)

        yield make


def test_a_deadline_that_passes_while_waiting_for_the_lock_counts(
    request_for: Make, sign: Make, waiting: Make
) -> None:
    request = request_for(within=timedelta(seconds=2))
    waiting(request, 2.5)
    assert clock.now() < request.approve_by
    with pytest.raises(Conflict, match="time to sign is over"):
        sign(request, "ann", 0)


def test_the_timelock_starts_after_the_wait_for_the_lock(
    request_for: Make, sign: Make, waiting: Make
) -> None:
    request = request_for(delay=timedelta(seconds=10))
    sign(request, "ann", 0)
    waiting(request, 0.4)
    asked = clock.now()
    sign(request, "bob", 1)
    request.refresh_from_db()
    assert request.filled_at - asked > timedelta(milliseconds=250)
    assert not take_effect(request)


def test_a_deadline_that_passes_between_our_clock_and_the_signature_counts(
    request_for: Make, sign: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = request_for(within=timedelta(milliseconds=300))

    def slow(*_: object) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.35)")
        return 0

    monkeypatch.setattr(quorum, "seat", slow)
    with pytest.raises(Conflict, match="time to sign is over"):
        sign(request, "ann", 0)
    assert request.live_approvals() == []


def test_a_deadline_that_passes_between_our_clock_and_the_effect_counts(
    request_for: Make, sign: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = request_for(within=timedelta(milliseconds=400))
    sign(request, "ann", 0)
    sign(request, "bob", 1)

    def slow(*_: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.45)")

    monkeypatch.setattr(actions, "require_due", slow)
    with pytest.raises(Conflict, match="time to sign is over"):
        actions.end(request_id=request.pk, state=State.EFFECTIVE)
    request.refresh_from_db()
    assert request.state == State.OPEN
