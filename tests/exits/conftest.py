"""Reviews that roll out against a real receiver, and core metrics that a test sets."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from evidence import registry
from evidence.contract import Query, Reading, Unavailable, Window
from orr import celery
from orr.accounts.models import User
from orr.exits import actions, recovery, watch
from orr.exits.engine import Engine
from orr.exits.models import Key, Run
from orr.lib.sentence import say
from orr.reviews import acts
from orr.reviews.models import Review
from orr.reviews.states import Verb
from tests.factories.people import person
from tests.factories.receiver import SECRET, Receiver, running, sources_file
from tests.factories.reviews import review as open_review

GATE_1 = ("G1.1", "G1.2", "G1.3", "G1.4")


@pytest.fixture
def receiver(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A running receiver that the sources file names."""
    monkeypatch.setenv("PLANT_SECRET", SECRET)
    with running(Receiver()) as held:
        settings.PLURA_SOURCES = str(sources_file(tmp_path / "sources.toml", held.url))
        yield held


@pytest.fixture(autouse=True)
def nobody_drives(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test says itself who drives a run."""
    monkeypatch.setattr(watch, "begin", lambda _run_id: None)
    monkeypatch.setattr(watch, "wake", lambda _run_id: None)
    eager, celery.app.conf.task_always_eager = celery.app.conf.task_always_eager, False
    yield
    celery.app.conf.task_always_eager = eager


@dataclass
class Metrics:
    """A collector of gate 1: what it answers, and every window it was asked for."""

    good: bool = True
    away: bool = False
    samples: int = 1000
    windows: list[Window] = field(default_factory=list)

    def collect(self, query: Query, window: Window) -> Reading:
        """A reading of the window."""
        self.windows.append(window)
        if self.away:
            raise Unavailable(say("away"))
        return Reading(
            value=99.9, passed=self.good, samples=self.samples, raw=b"{}", query="q", source="metrics",
            measured_at=window.end,
        )  # fmt: skip


@pytest.fixture
def metrics(monkeypatch: pytest.MonkeyPatch) -> Metrics:
    """Green core metrics, asked at once instead of after half a minute."""
    made = Metrics()
    for code in GATE_1:
        monkeypatch.setitem(registry._factories, code, lambda: made)
    monkeypatch.setattr(recovery, "least_seconds", lambda _review: 0)
    monkeypatch.setattr(recovery, "LOOK_EVERY", 0.05)
    return made


def item(name: str, **key: Any) -> dict[str, Any]:
    """A flag `name` that goes from old to new at a target of its own."""
    stated = {
        "target": f"plant/{name}",
        "desired": "old",
        "rehearse": {"target": f"plant/shadow/{name}"},
        **key,
    }
    kind = stated.pop("kind", "flag")
    return {"kind": kind, "name": name, "to": {"version": "new"}, "rollback_key": stated}


Rolling = Callable[..., Review]


@pytest.fixture
def rolling(receiver: Receiver, transactional_db: None) -> Rolling:
    """A review of these items, rolled out: the receiver holds what the change writes."""

    def make(*items: dict[str, Any], **changed: Any) -> Review:
        given = list(items) or [item("a"), item("b"), item("c")]
        for one in given:
            receiver.values[one["rollback_key"]["target"]] = "new"
        review = open_review(items=given, service_ids=[], **changed)
        with transaction.atomic():
            locked = acts.lock(review.code)
            for verb in (Verb.PROPOSE, Verb.TAKE_EFFECT, Verb.START):
                acts.move(locked, verb, locked.requester)
        return acts.find(review.code)

    return make


@pytest.fixture
def presser(transactional_db: None) -> User:
    """Somebody who may press Exit."""
    return person("sre_on_call", "sre")


@pytest.fixture
def press(presser: User) -> Callable[[Review], Run]:
    """Press Exit on a review that rolls out; nothing is sent yet."""

    def start(review: Review) -> Run:
        run = actions.start(code=review.code, actor=presser, reason="errors")
        assert isinstance(run, Run)
        return run

    return start


def drive(run: Run, **how: Any) -> Run:
    """Drive the run to its end in this thread, and read it back."""
    Engine(**how).drive(run.pk)
    return Run.objects.select_related("review__change_set", "started_by").get(pk=run.pk)


def states(run: Run) -> dict[str, str]:
    """The state of each key by name."""
    return dict(Key.objects.filter(run=run, leg="back").values_list("name", "state"))


def beside(run: Run, **how: Any) -> threading.Thread:
    """Drive the run in a thread of its own."""

    def work() -> None:
        try:
            Engine(**how).drive(run.pk)
        finally:
            connection.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def shorten(run: Run, seconds: float) -> None:
    """Move both ends of the run's five minutes, so that its deadline comes in so many seconds."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE exits_run SET deadline = statement_timestamp() + make_interval(secs => %s),
               started_at = statement_timestamp() + make_interval(secs => %s)
                            - (CASE WHEN mode = 'exit' THEN interval '300 s' ELSE interval '600 s' END)
               WHERE id = %s""",
            [seconds, seconds, run.pk],
        )
    run.refresh_from_db()
