"""Laws under concurrency: appenders and sequencers racing leave dense numbers and lose nothing."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from orr.tlog import audit, log
from orr.tlog.models import Entry, Pending

WRITERS = 6
ACTS = 25


def in_threads(*jobs: Callable[[], None]) -> None:
    """Run the jobs at once, each with a connection of its own; the first error fails the test."""
    errors: list[BaseException] = []

    def run(job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors, errors


@pytest.fixture(autouse=True)
def nobody_wakes_the_sequencer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the test's own threads are the sequencers."""
    monkeypatch.setattr(log, "wake", lambda: None)


def writer(number: int) -> Callable[[], None]:
    def write() -> None:
        for act in range(ACTS):
            with transaction.atomic():
                review = f"ORR-{(number + act) % 3:04d}"
                log.append(kind="test:acted", review=review, artefacts={}, actor=f"person-{number}")
                transaction.set_rollback(act % 5 == 4)

    return write


@pytest.mark.django_db(transaction=True)
def test_racing_appenders_and_sequencers_leave_dense_numbers_and_lose_nothing() -> None:
    stop = threading.Event()

    def sequencer() -> None:
        while not stop.is_set():
            log.sequence(batch=7)

    def writers() -> None:
        try:
            in_threads(*(writer(number) for number in range(WRITERS)))
        finally:
            stop.set()

    in_threads(sequencer, sequencer, writers)
    log.sequence()
    entries = list(Entry.objects.order_by("idx"))
    assert len(entries) == WRITERS * ACTS * 4 // 5
    assert [entry.idx for entry in entries] == list(range(len(entries)))
    for review in ("ORR-0000", "ORR-0001", "ORR-0002"):
        mine = [entry.seq for entry in entries if entry.review == review]
        assert mine == list(range(1, len(mine) + 1)), "the order of the log is the order of the acts"
        assert log.gap(review) == 0
    assert not Pending.objects.exists()
    assert audit.rebuild().size == len(entries)


@pytest.mark.django_db(transaction=True)
def test_a_sequencer_killed_in_its_batch_leaves_the_entries_pending() -> None:
    with transaction.atomic():
        log.append(kind="test:acted", review="ORR-0001", artefacts={}, actor=None)

    def killed() -> None:
        with connection.cursor() as cursor, transaction.atomic():
            cursor.execute("SELECT orr_log_integrate(10), pg_backend_pid()")
            assert cursor.fetchone()[0] == 1
            raise SystemExit

    with pytest.raises(AssertionError, match="SystemExit"):
        in_threads(killed)
    assert Pending.objects.count() == 1
    assert log.sequence() == 1
    assert log.gap() == 0


@pytest.mark.django_db(transaction=True)
def test_a_backend_that_is_terminated_between_its_two_steps_loses_nothing() -> None:
    for _ in range(3):
        with transaction.atomic():
            log.append(kind="test:acted", review="ORR-0001", artefacts={}, actor=None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT orr_log_integrate(10)")
    assert log.gap("ORR-0001") == 3, "indexed but unsigned counts as a gap"
    assert log.sequence() == 0
    assert log.gap("ORR-0001") == 0


@pytest.mark.django_db(transaction=True)
def test_a_commit_wakes_the_sequencer_and_a_lost_wake_harms_no_act(monkeypatch: pytest.MonkeyPatch) -> None:
    woken = []

    def broken() -> None:
        woken.append(True)
        raise ConnectionError("the broker is away")

    monkeypatch.setattr(log, "wake", broken)
    with transaction.atomic():
        log.append(kind="test:acted", review="ORR-0001", artefacts={}, actor=None)
        assert not woken
    assert woken
    assert Pending.objects.count() == 1
