"""Reviews with people and evidence, brought to where a decision is made by the product's own actions."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from orr.accounts.models import User
from orr.celery import app
from orr.decisions.models import Proposal
from orr.guards import contracts
from orr.lib.met import Met
from orr.reviews import actions as reviews
from orr.reviews.models import Review
from tests.factories.change_sets import change_set
from tests.factories.decisions import green, propose, sign
from tests.factories.people import person

POLICY = """
version = 1
title = {{ en = "Quick", ko = "빠른" }}
[policy]
slots = {slots}
timelock = {timelock}
approve_within = 3600
valid_for = 3600
"""


@pytest.fixture(autouse=True)
def guards_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every guard's driver answers; whether a real one does is the guards' own test."""
    monkeypatch.setattr(contracts, "answers", lambda _guard: Met())


@pytest.fixture
def profile(settings: Any, tmp_path: Path) -> Callable[..., str]:
    """A profile file of its own; returns its name."""
    settings.PLURA_PROFILES = str(tmp_path)

    def make(slots: tuple[str, ...] = ("sre", "security"), timelock: int = 0) -> str:
        name = f"quick{timelock}-{'-'.join(slots)}"
        text = POLICY.format(slots=list(slots), timelock=timelock)
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
        return name

    return make


@pytest.fixture(autouse=True)
def no_worker() -> Iterator[None]:
    """What is to be done after a commit waits in the broker: here only the people and the executor act."""
    before, app.conf.task_always_eager = app.conf.task_always_eager, False
    yield
    app.conf.task_always_eager = before


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """Nobody types a password here, so a strong hash would only cost time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def people(db: None) -> dict[str, User]:
    """A requester, a release manager, and two people in each of three roles."""
    made = {"manager": person("manager", "release_manager"), "boss": person("boss", "release_manager")}
    for role in ("sre", "security", "product"):
        made[role] = person(role, role)
        made[f"{role}2"] = person(f"{role}2", role)
    return made


@pytest.fixture
def opened(people: dict[str, User], profile: Callable[..., str]) -> Callable[..., Review]:
    """A review that the manager requested, with nothing collected yet."""

    def make(*, timelock: int = 0, slots: tuple[str, ...] = ("sre", "security"), **changed: Any) -> Review:
        return reviews.open_review(
            change_set=change_set(**changed), profile=profile(slots, timelock), actor=people["manager"]
        )

    return make


@pytest.fixture
def ready(opened: Callable[..., Review]) -> Callable[..., Review]:
    """A review whose every item passes."""

    def make(**how: Any) -> Review:
        review = opened(**how)
        green(review)
        return review

    return make


@pytest.fixture
def proposed(ready: Callable[..., Review], people: dict[str, User]) -> Callable[..., Proposal]:
    """A proposal by the manager on a review whose every item passes."""

    def make(**how: Any) -> Proposal:
        return propose(ready(**how), people["manager"])

    return make


@pytest.fixture
def signed(proposed: Callable[..., Proposal], people: dict[str, User]) -> Callable[..., Proposal]:
    """A proposal that both slots signed."""

    def make(**how: Any) -> Proposal:
        proposal = proposed(**how)
        sign(proposal, people["sre"])
        sign(proposal, people["security"])
        return proposal

    return make
