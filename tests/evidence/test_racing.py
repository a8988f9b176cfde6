"""Law: collecting beside an act on the same subject waits for it, and never deadlocks."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections, transaction

from evidence import actions, engine, record, tasks
from evidence.contract import Query, Reading, Window
from evidence.models import Blob, Collection, Evidence, Watch
from orr.events import bus
from orr.events.vocabulary import Event
from orr.profiles import load
from tests.evidence.conftest import facts_of

pytestmark = pytest.mark.django_db(transaction=True)


class Same:
    """Answers always the same bytes."""

    def collect(self, query: Query, window: Window) -> Reading:
        return Reading(
            value=1.0, passed=True, raw=b"same", query="q", source="s", measured_at=window.end, samples=999
        )


def lock_subject() -> None:
    """What every act does first: take the subject's row (here an advisory lock in its place)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(4242)")


def request() -> Collection:
    rules = list(load.get("standard").items.values())
    return actions.request_collection(facts=facts_of(), rules=rules, actor=None)


class Act:
    """An act that holds the subject's row, waits until the collection wants it too, and then writes."""

    def __init__(self, event: Event, writes: Callable[[], Any]) -> None:
        self._writes = writes
        self._held = threading.Event()
        self._wanted = threading.Event()
        self.error: Exception | None = None
        bus.subscribe(event, self._subscriber)

    def _subscriber(self, **_: Any) -> None:
        self._wanted.set()
        lock_subject()

    def _run(self) -> None:
        try:
            with transaction.atomic():
                lock_subject()
                self._held.set()
                assert self._wanted.wait(10)
                self._writes()
        except Exception as error:
            self.error = error
        finally:
            connections.close_all()

    def beside(self, collecting: Callable[[], Any]) -> None:
        """Run both; the act begins first."""
        thread = threading.Thread(target=self._run)
        thread.start()
        assert self._held.wait(10)
        try:
            collecting()
        finally:
            thread.join(30)
        assert self.error is None


@pytest.fixture(autouse=True)
def one_item(collectors: dict[str, Callable[[], Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    collectors["G1.1"] = Same
    monkeypatch.setattr(tasks.collect, "apply_async", lambda args, retry: None)


def test_an_act_may_keep_the_same_bytes() -> None:
    act = Act(Event.EVIDENCE_RECORDED, lambda: record.keep(b"same", "text/plain"))
    collection = request()
    act.beside(lambda: engine.run(collection.pk))
    assert (Blob.objects.count(), Evidence.objects.count()) == (1, 1)


def test_an_act_may_ask_for_a_collection() -> None:
    asked: list[Collection] = []
    act = Act(Event.COLLECTION_FINISHED, lambda: asked.append(request()))
    collection = request()
    act.beside(lambda: engine.run(collection.pk))
    assert Watch.objects.get().collection == asked[0]
    assert Collection.objects.get(pk=collection.pk).finished_at is not None
