"""The law of the last resort: without a worker and a broker the pressing process drives the Exit itself."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from orr.exits import claims, tasks, watch
from orr.exits.engine import Engine
from orr.exits.models import Run
from orr.reviews.models import Review
from tests.exits.conftest import Metrics, drive, item
from tests.factories.receiver import Receiver

Press = Callable[[Review], Run]
Rolling = Callable[..., Review]
BEGIN, WAKE = watch.begin, watch.wake


def wait_for_end(run: Run, seconds: float) -> float:
    """Seconds until the run ended."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        run.refresh_from_db()
        if run.ended_at and run.pk not in watch._watched:
            return time.monotonic() - began
        time.sleep(0.05)
    raise AssertionError(f"still {run.state} after {seconds} s")


def test_the_pressing_process_drives_when_no_worker_came_in_two_seconds(
    rolling: Rolling, press: Press, receiver: Receiver, metrics: Metrics
) -> None:
    run = press(rolling())
    BEGIN(run.pk)
    assert not receiver.first_post.wait(1.5)
    wait_for_end(run, 30)
    assert run.state == "done"


def test_it_stays_back_while_a_worker_drives(
    rolling: Rolling, press: Press, receiver: Receiver, metrics: Metrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "PATIENCE", 0.3)
    run = press(rolling())
    assert claims.take_run(run.pk, "a worker", 60)
    BEGIN(run.pk)
    time.sleep(1.5)
    assert receiver.posts == []
    claims.leave_run(run.pk, "a worker")
    wait_for_end(run, 30)
    assert run.state == "done"


def test_two_engines_never_drive_one_run(
    rolling: Rolling, press: Press, receiver: Receiver, metrics: Metrics
) -> None:
    run = press(rolling())
    assert claims.take_run(run.pk, "one", 60)
    assert Engine().drive(run.pk) is False
    assert receiver.posts == []


def test_a_broker_that_is_away_costs_a_warning(
    rolling: Rolling, press: Press, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise ConnectionError("no broker")

    monkeypatch.setattr(tasks.drive, "apply_async", away)
    WAKE(press(rolling(item("a"))).pk)
    assert "no broker" in caplog.text


def test_the_sweep_finds_what_nobody_drives(
    rolling: Rolling, press: Press, receiver: Receiver, metrics: Metrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[object] = []
    monkeypatch.setattr(watch, "wake", woken.append)
    run, driven = press(rolling(item("a"))), press(rolling(item("b")))
    woken.clear()
    Run.objects.exclude(pk__in=(run.pk, driven.pk)).filter(state="running").update(
        driven_until="2099-01-01T00:00:00Z"
    )
    assert claims.take_run(driven.pk, "a worker", 60)
    tasks.sweep()
    assert woken == [run.pk]
    drive(run)
    woken.clear()
    tasks.sweep()
    assert woken == []
