"""Law: all items at once, each with its own deadline; what hangs ends at its own and holds nothing up."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection

from evidence import actions, engine, tasks
from evidence.contract import Denied, Lacking, Query, Reading, Unconfigured, Window
from evidence.models import Collection, Evidence
from evidence.verdict import Verdict, judge
from orr.events import bus
from orr.events.vocabulary import Event
from orr.lib import clock
from orr.lib.sentence import say
from orr.profiles import load
from tests.evidence.conftest import facts_of

pytestmark = pytest.mark.django_db
Registered = dict[str, Callable[[], Any]]


@dataclass(frozen=True)
class Stub:
    """Answers after some seconds, or fails as it is told."""

    seconds: float = 0.0
    timeout: float = 10.0
    error: Exception | None = None
    name: str = "stub"
    asked: list[Query] = field(default_factory=list)

    def collect(self, query: Query, window: Window) -> Reading:
        self.asked.append(query)
        time.sleep(self.seconds)
        if self.error:
            raise self.error
        return Reading(
            value=1.0, passed=True, raw=b"{}", query="q", source="stub", measured_at=window.end, samples=999
        )


def request(only: list[str] | None = None) -> Collection:
    rules = list(load.get("standard").items.values())
    return actions.request_collection(facts=facts_of(), rules=rules, actor=None, only=only)


def found() -> dict[str, Evidence]:
    return {item: one.evidence for item, one in actions.latest("ORR-0001").items()}


def test_every_item_that_can_be_measured_is_asked(collectors: Registered) -> None:
    def unconfigured() -> Any:
        raise Unconfigured(say("no source"))

    collectors.update({"G1.1": Stub, "G2.3": Stub, "G1.2": unconfigured})
    collection = request()
    assert [row.item for row in collection.items.all()] == ["G1.1", "G2.3"]
    assert actions.progress("ORR-0001") == actions.Progress(0, 2, True)
    assert engine.run(collection.pk)
    assert actions.progress("ORR-0001") == actions.Progress(2, 2, False)
    assert {item: row.judged for item, row in found().items()} == {"G1.1": "green", "G2.3": "green"}


def test_the_slow_one_delays_only_itself_and_the_hung_one_ends(collectors: Registered) -> None:
    hung = Stub(seconds=30, timeout=0.6, name="hung")
    collectors.update(
        {code: (lambda: Stub(seconds=0.3)) for code in ("G1.1", "G1.2", "G1.3", "G1.4", "G2.3")}
    )
    collectors["G3.2"] = lambda: hung
    collection = request()
    began = time.monotonic()
    engine.run(collection.pk)
    assert time.monotonic() - began < 3
    rows = found()
    assert rows["G3.2"].outcome == "error"
    assert "hung did not answer within" in str(rows["G3.2"].reason)
    assert [rows[code].judged for code in ("G1.1", "G1.2", "G1.3", "G1.4", "G2.3")] == ["green"] * 5
    first = max(rows[code].recorded_at for code in ("G1.1", "G1.2", "G1.3", "G1.4", "G2.3"))
    assert first < rows["G3.2"].recorded_at


def test_each_is_written_as_it_comes_in(collectors: Registered) -> None:
    gate = threading.Event()
    seen: list[int] = []

    @dataclass(frozen=True)
    class Waits(Stub):
        def collect(self, query: Query, window: Window) -> Reading:
            gate.wait(5)
            return super().collect(query, window)

    collectors.update({"G1.1": Stub, "G1.2": Waits})

    def on_recorded(**_: Any) -> None:
        seen.append(actions.progress("ORR-0001").done)
        gate.set()

    bus.subscribe(Event.EVIDENCE_RECORDED, on_recorded)
    engine.run(request().pk)
    assert seen == [1, 2]


def test_every_failure_becomes_an_error_with_a_reason(collectors: Registered) -> None:
    denied = Denied(say("the door is shut"), raw=b"go away", query="the question")
    collectors.update({"G1.1": lambda: Stub(error=denied), "G1.2": lambda: Stub(error=ZeroDivisionError())})
    engine.run(request().pk)
    rows = found()
    assert (str(rows["G1.1"].reason), rows["G1.1"].query, rows["G1.1"].judged) == (
        "the door is shut",
        "the question",
        "error",
    )
    assert rows["G1.1"].raw is not None
    assert bytes(rows["G1.1"].raw.data) == b"go away"
    assert rows["G1.2"].outcome == "error"


def test_what_lacks_something_waits_and_says_so_though_it_was_green_before(collectors: Registered) -> None:
    collectors["G2.1"] = Stub
    engine.run(request(only=["G2.1"]).pk)
    rule = load.get("standard").items["G2.1"]
    assert judge(found()["G2.1"].measured, rule, clock.now()).verdict is Verdict.GREEN
    collectors["G2.1"] = lambda: Stub(error=Lacking(say("search-api has no rehearse target.")))
    engine.run(request(only=["G2.1"]).pk)
    judged = judge(found()["G2.1"].measured, rule, clock.now())
    assert judged.verdict is Verdict.PENDING
    assert str(judged.reason) == "search-api has no rehearse target."


def test_run_twice_changes_nothing(collectors: Registered) -> None:
    collectors["G1.1"] = Stub
    collection = request()
    assert engine.run(collection.pk)
    assert not engine.run(collection.pk)
    tasks.collect(str(collection.pk))
    assert Evidence.objects.count() == 1


def test_a_second_worker_leaves_a_running_one_alone_until_its_lease_is_over(collectors: Registered) -> None:
    stub = Stub()
    collectors["G1.1"] = lambda: stub
    collection = request()
    Collection.objects.filter(pk=collection.pk).update(started_at=clock.now())
    assert not engine.run(collection.pk)
    Collection.objects.filter(pk=collection.pk).update(started_at=clock.now() - engine.LEASE * 2)
    assert engine.run(collection.pk)
    assert len(stub.asked) == 1


def test_a_crashed_run_is_continued_not_repeated(collectors: Registered) -> None:
    stubs = {"G1.1": Stub(), "G1.2": Stub()}
    collectors.update({code: (lambda stub=stub: stub) for code, stub in stubs.items()})
    collection = request()
    collection.items.filter(item="G1.1").update(started_at=clock.now(), finished_at=clock.now())
    engine.run(collection.pk)
    assert (len(stubs["G1.1"].asked), len(stubs["G1.2"].asked)) == (0, 1)


def test_own_facts_are_read_in_the_tasks_own_thread(collectors: Registered) -> None:
    threads: list[threading.Thread] = []

    @dataclass(frozen=True)
    class Own(Stub):
        own_facts = True

        def collect(self, query: Query, window: Window) -> Reading:
            threads.append(threading.current_thread())
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            return super().collect(query, window)

    collectors["G8.1"] = Own
    engine.run(request().pk)
    assert threads == [threading.current_thread()]


def test_the_window_is_the_rules_or_the_collectors(collectors: Registered) -> None:
    windows: list[int] = []

    @dataclass(frozen=True)
    class Looks(Stub):
        window: int | None = None

        def collect(self, query: Query, window: Window) -> Reading:
            windows.append(window.seconds)
            return super().collect(query, window)

    collectors["G1.1"] = Looks
    engine.run(request().pk)
    collectors["G1.1"] = lambda: Looks(window=60)
    engine.run(request().pk)
    assert windows == [1800, 60]


@pytest.mark.django_db(transaction=True)
def test_the_task_starts_after_the_commit(collectors: Registered, monkeypatch: pytest.MonkeyPatch) -> None:
    collectors["G1.1"] = Stub
    sent: list[tuple[str, ...]] = []
    monkeypatch.setattr(tasks.collect, "apply_async", lambda args, retry: sent.append(args))
    collection = request()
    assert sent == [(str(collection.pk),)]
