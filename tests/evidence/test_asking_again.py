"""Law: what is open is asked again at half of its freshness; what is over is left alone; nothing is lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from evidence import actions, engine, tasks, watching
from evidence.contract import Reading, Unavailable
from evidence.models import Collection, Evidence, Watch
from orr.lib import clock
from orr.lib.sentence import say
from orr.profiles import load
from tests.evidence.conftest import facts_of

pytestmark = pytest.mark.django_db
Registered = dict[str, Callable[[], Any]]


class Answers:
    """A collector whose answer the test sets."""

    def __init__(self) -> None:
        self.result: Reading | Exception = Unavailable(say("away"))

    def collect(self, _query: Any, window: Any) -> Reading:
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    def green(self, age: float = 0.0, samples: int = 999) -> None:
        at = clock.now() - timedelta(seconds=age)
        self.result = Reading(
            value=1.0, passed=True, raw=b"{}", query="q", source="s", measured_at=at, samples=samples
        )


@pytest.fixture
def latency(collectors: Registered) -> Answers:
    answers = Answers()
    collectors["G1.1"] = lambda: answers
    return answers


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The collections whose task was sent; everything is open."""
    ids: list[str] = []
    monkeypatch.setattr(tasks.collect, "apply_async", lambda args, retry: ids.append(args[0]))
    monkeypatch.setattr(actions, "still_open", lambda _subject: True)
    return ids


def collect() -> Collection:
    rules = list(load.get("standard").items.values())
    collection = actions.request_collection(facts=facts_of(), rules=rules, actor=None)
    engine.run(collection.pk)
    return Collection.objects.get(pk=collection.pk)


def due_in() -> float:
    return (Watch.objects.get().due_at - clock.now()).total_seconds()


def pass_time() -> None:
    Watch.objects.update(due_at=clock.now())


def test_green_is_asked_again_at_half_of_its_freshness(latency: Answers) -> None:
    latency.green()
    collect()
    assert due_in() == pytest.approx(450, abs=5)


@pytest.mark.parametrize("few", [True, False])
def test_what_is_not_known_is_asked_again_soon(latency: Answers, few: bool) -> None:
    if few:
        latency.green(samples=3)
    collect()
    assert due_in() == pytest.approx(30, abs=5)


def test_the_sweep_asks_what_is_due_and_only_that(
    latency: Answers, collectors: Registered, django_capture_on_commit_callbacks: Any, sent: list[str]
) -> None:
    fresh = Answers()
    fresh.green()
    collectors["G1.2"] = lambda: fresh
    latency.green(age=445)
    collect()
    pass_time()
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.sweep() == 1
    newest = Collection.objects.order_by("-requested_at")[0]
    assert [row.item for row in newest.items.all()] == ["G1.1"]
    assert set(newest.rules) == set(load.get("standard").items)
    assert sent == [str(newest.pk)]


def test_nothing_due_asks_nothing(latency: Answers) -> None:
    latency.green()
    collect()
    pass_time()
    assert actions.sweep() == 1
    assert Collection.objects.count() == 1
    assert due_in() == pytest.approx(450, abs=5)
    assert actions.sweep() == 0


def test_a_lost_task_is_sent_again(
    latency: Answers, django_capture_on_commit_callbacks: Any, sent: list[str]
) -> None:
    rules = list(load.get("standard").items.values())
    collection = actions.request_collection(facts=facts_of(), rules=rules, actor=None)
    assert due_in() == pytest.approx(watching.LOST.total_seconds(), abs=5)
    pass_time()
    with django_capture_on_commit_callbacks(execute=True):
        actions.sweep()
    assert sent == [str(collection.pk)]
    assert Collection.objects.count() == 1


def test_what_is_over_is_left_alone(latency: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    collect()
    pass_time()
    monkeypatch.setattr(actions, "still_open", lambda _subject: False)
    assert actions.sweep() == 1
    assert not Watch.objects.exists()
    assert Collection.objects.count() == Evidence.objects.count() == 1


def test_nothing_to_measure_is_not_watched(collectors: Registered) -> None:
    collect()
    assert not Watch.objects.exists()
