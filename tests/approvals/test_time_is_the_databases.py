"""No application clock and no wait for a lock makes a timelock end early or a deadline late."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction

from approvals import actions, quorum
from approvals.models import Request, State
from orr.accounts.models import User
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


MS = timedelta(milliseconds=1)


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The moments that the actions read, the last one being the one they judged by."""
    moments: list[datetime] = []
    read = clock.now

    def now() -> datetime:
        moments.append(read())
        return moments[-1]

    monkeypatch.setattr(clock, "now", now)
    return moments


def until(moment: datetime) -> None:
    """Sleep by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(greatest(0, extract(epoch FROM %s - clock_timestamp())))", [moment])


# How often each edge is met within a millisecond, before it and after it.
LIMIT = 2000
EDGES = [pytest.param(1, id="some"), pytest.param(60, marks=pytest.mark.heavy, id="many")]


def ready_edge(request: Request, judged: list[datetime], found: dict[str, int]) -> None:
    """Try the effect again and again across ready_at; each try is judged at a known moment."""
    ready = request.filled_at + request.delay  # type: ignore[operator]
    until(ready - 4 * MS)
    done = False
    while not done:
        done = take_effect(request)
        found["tries"] += 1
        found["within 1 ms before"] += ready - MS <= judged[-1] < ready
        found["within 1 ms after"] += ready <= judged[-1] < ready + MS
        found["wrong"] += done != (judged[-1] >= ready)
    request.refresh_from_db()
    assert request.ended_at is not None
    found["early"] += request.ended_at < ready


@pytest.mark.usefixtures("application_clock")
@pytest.mark.parametrize("edges", EDGES)
def test_effect_comes_within_a_millisecond_of_ready_and_never_before(
    request_for: Make, sign: Make, judged: list[datetime], figure: Make, edges: int
) -> None:
    names = ("requests", "tries", "within 1 ms before", "within 1 ms after", "wrong", "early")
    found = dict.fromkeys(names, 0)
    while min(found["within 1 ms before"], found["within 1 ms after"]) < edges and found["requests"] < LIMIT:
        found["requests"] += 1
        request = request_for(f"S-{found['requests']}", delay=timedelta(milliseconds=20))
        sign(request, "ann", 0)
        sign(request, "bob", 1)
        request.refresh_from_db()
        ready_edge(request, judged, found)
    figure("effects around ready_at, application clock an hour off", **found)
    assert found["early"] == found["wrong"] == 0
    assert min(found["within 1 ms before"], found["within 1 ms after"]) >= edges


def deadline_edge(
    sign: Make, request: Request, person: User, judged: list[datetime], found: dict[str, int]
) -> None:
    """Sign, and take it back, again and again across approve_by."""
    edge, signed = request.approve_by, True
    until(edge - 6 * MS)
    while signed:
        try:
            sign(request, person.username, 0)
        except Conflict as refusal:
            assert "time to sign is over" in str(refusal)
            signed = False
        found["tries"] += 1
        found["within 1 ms before"] += edge - MS <= judged[-1] < edge
        found["within 1 ms after"] += edge <= judged[-1] < edge + MS
        found["wrong"] += signed and judged[-1] >= edge
        if signed:
            # The law that is looked for here is that of the signature; taking it back may come too late.
            with suppress(Conflict):
                actions.withdraw(request_id=request.pk, person=person)
    found["late"] += request.approvals.filter(signed_at__gte=edge).count()


@pytest.mark.usefixtures("application_clock")
@pytest.mark.parametrize("edges", EDGES)
def test_a_signature_comes_within_a_millisecond_of_the_deadline_and_never_after(
    request_for: Make, sign: Make, person: Make, judged: list[datetime], figure: Make, edges: int
) -> None:
    names = ("requests", "tries", "within 1 ms before", "within 1 ms after", "wrong", "late")
    found, ann = dict.fromkeys(names, 0), person("ann")
    while min(found["within 1 ms before"], found["within 1 ms after"]) < edges and found["requests"] < LIMIT:
        found["requests"] += 1
        request = request_for(f"S-{found['requests']}", within=timedelta(milliseconds=150))
        deadline_edge(sign, request, ann, judged, found)
    figure("signatures around approve_by, application clock an hour off", **found)
    assert found["late"] == found["wrong"] == 0
    assert min(found["within 1 ms before"], found["within 1 ms after"]) >= edges


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


# How long another session holds the row; the nightly run waits as long as the goal says.
WAITS = [pytest.param(1.0, id="1 s"), pytest.param(10.0, marks=pytest.mark.heavy, id="10 s")]


@pytest.mark.usefixtures("application_clock")
@pytest.mark.parametrize("seconds", WAITS)
def test_a_deadline_that_passes_while_waiting_for_the_lock_counts(
    request_for: Make, sign: Make, waiting: Make, seconds: float
) -> None:
    request = request_for(within=timedelta(seconds=seconds - 0.2))
    waiting(request, seconds)
    assert clock.now() < request.approve_by
    with pytest.raises(Conflict, match="time to sign is over"):
        sign(request, "ann", 0)


@pytest.mark.usefixtures("application_clock")
@pytest.mark.parametrize("seconds", WAITS)
def test_the_timelock_starts_after_the_wait_for_the_lock(
    request_for: Make, sign: Make, waiting: Make, figure: Make, seconds: float
) -> None:
    request = request_for(delay=timedelta(seconds=seconds * 0.9))
    sign(request, "ann", 0)
    waiting(request, seconds)
    asked = clock.now()
    sign(request, "bob", 1)
    request.refresh_from_db()
    assert request.filled_at - asked > timedelta(seconds=seconds * 0.8)
    early = take_effect(request)
    figure("effects right after a wait for the lock", waits=1, early=int(early))
    assert not early


@pytest.mark.usefixtures("application_clock")
@pytest.mark.parametrize("seconds", WAITS)
def test_an_effect_that_waited_for_the_lock_reads_the_time_after_the_wait(
    request_for: Make, sign: Make, waiting: Make, figure: Make, seconds: float
) -> None:
    request = request_for(delay=timedelta(seconds=seconds * 0.9))
    sign(request, "ann", 0)
    sign(request, "bob", 1)
    waiting(request, seconds)
    assert take_effect(request)
    request.refresh_from_db()
    early = request.ended_at < request.filled_at + request.delay
    figure("effects asked for before ready, and waiting for the lock until after", waits=1, early=int(early))
    assert not early


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
