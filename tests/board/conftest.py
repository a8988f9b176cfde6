"""Pages as people open them: a signed-in browser for each role, a review in any state from the fixture."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as ours
from django.test import Client

from orr.accounts.models import User
from orr.board import live, reading
from orr.board.live import Stamp
from tests.board.facts_fixture import facts, viewer
from tests.board.moment_fixture import NOW
from tests.factories.people import person

ROLES = ("release_manager", "sre", "security", "product", "data", "auditor", "admin")


@pytest.fixture(autouse=True)
def collected_files() -> None:
    """The directory of collected static files is there, as after the first start."""
    Path(ours.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """Slow hashes are for real passwords; these tests make seven people each."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """Each test renders its own bodies."""
    live.forget()
    yield
    live.forget()


@pytest.fixture
def people(db: None) -> dict[str, User]:
    """One person for each role, by the role's name."""
    return {role: person(role, role) for role in ROLES}


@pytest.fixture
def browser(people: dict[str, User]) -> Callable[..., Client]:
    """A browser in which the person of that role is signed in; English unless said otherwise."""

    def open_one(role: str = "security", language: str = "en") -> Client:
        client = Client(headers={"accept-language": language})
        client.force_login(people[role])
        return client

    return open_one


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make every page show these facts, as if the review stood like that."""

    def show(state: str = "proposed", *, seen: dict[str, Any] | None = None, **how: Any) -> None:
        found, told = facts(state, **how), reading.reports_facts
        monkeypatch.setattr(told, "checklist", lambda code, reader=None: {**found, "id": code})
        monkeypatch.setattr(reading.reports_viewer, "for_person", lambda code, who, f=None: seen or viewer())
        monkeypatch.setattr(reading, "stamp", lambda code, who: Stamp(state, "", NOW))

    return show
