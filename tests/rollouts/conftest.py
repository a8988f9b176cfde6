"""Effective decisions with guards, brought there by the product's own actions, against a real receiver."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from orr import celery
from orr.accounts.models import User
from orr.decisions.models import Decision
from orr.exits import watch
from orr.reviews import actions as reviews
from orr.reviews.models import Review
from tests.factories.decisions import effect, green, propose, sign
from tests.factories.people import person
from tests.factories.receiver import SECRET, Receiver, running, sources_file

FLAG = {"kind": "flag", "target": "plant/flag/ttl", "value": "90s"}
CANARY = {"kind": "canary", "target": "plant/weight", "value": "5"}
PROFILE = """
version = 1
title = {{ en = "Quick", ko = "빠른" }}
[policy]
slots = ["sre", "security"]
timelock = 0
approve_within = 3600
valid_for = 3600
[canary]
stages = [{{ percent = 5, seconds = 60 }}, {{ percent = 25, seconds = 60 }}, {{ percent = 100, seconds = 0 }}]
observation = {observation}
"""


@pytest.fixture
def receiver(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A running receiver that the sources file names; nobody drives anything by itself."""
    monkeypatch.setenv("PLANT_SECRET", SECRET)
    monkeypatch.setattr(watch, "begin", lambda _run_id: None)
    monkeypatch.setattr(watch, "wake", lambda _run_id: None)
    eager, celery.app.conf.task_always_eager = celery.app.conf.task_always_eager, False
    with running(Receiver()) as held:
        settings.PLURA_SOURCES = str(sources_file(tmp_path / "sources.toml", held.url))
        yield held
    celery.app.conf.task_always_eager = eager


@pytest.fixture
def manager(db: None) -> User:
    """Who requests and leads."""
    return person("manager", "release_manager")


@pytest.fixture
def effective(receiver: Receiver, manager: User, tmp_path: Path, settings: Any) -> Callable[..., Review]:
    """A review whose Go with Guards took effect; the systems already hold the guards' values."""
    folder = tmp_path / "profiles"
    folder.mkdir()
    settings.PLURA_PROFILES = str(folder)

    def make(*guards: dict[str, Any], observation: int = 0) -> Review:
        (folder / "quick.toml").write_text(PROFILE.format(observation=observation), encoding="utf-8")
        for guard in guards or (FLAG,):
            receiver.values[guard.get("target", "")] = str(guard["value"])
        flag = {
            "kind": "flag",
            "name": "f",
            "to": {"version": "new"},
            "rollback_key": {"target": "plant/f", "desired": "old", "rehearse": {"target": "plant/shadow"}},
        }
        body = {"title": "Change", "summary": "A change.", "environment": "prod", "items": [flag]}
        review = reviews.open_review(change_set=body, profile="quick", actor=manager)
        green(review)
        proposal = propose(review, manager, guards=list(guards) or [FLAG])
        sign(proposal, person("sre", "sre"))
        sign(proposal, person("security", "security"))
        assert isinstance(effect(proposal), Decision)
        return reviews.find(review.code)

    return make
