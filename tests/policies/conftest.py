"""Policies with people who may propose and sign, and files that a test may write."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from orr.accounts.models import User
from orr.accounts.stepup import Proof
from orr.celery import app
from orr.policies import actions
from orr.policies.models import PolicyVersion, State
from orr.tlog import log
from tests.factories.people import person

HEAD = 'version = {version}\ntitle = {{ en = "Own", ko = "자체" }}\n'
POLICY = """[policy]
slots = {slots}
timelock = {timelock}
approve_within = {approve_within}
valid_for = 3600
step_up = "{step_up}"
"""
Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """Nobody types a password here, so a strong hash would only cost time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def no_worker() -> Iterator[None]:
    """Only the people and the executor act here."""
    before, app.conf.task_always_eager = app.conf.task_always_eager, False
    yield
    app.conf.task_always_eager = before


@pytest.fixture
def write(settings: Any, tmp_path: Path) -> Write:
    """Writes the file of a policy, `own` unless said otherwise; what is not said is strict."""
    settings.PLURA_PROFILES = str(tmp_path)

    def put(
        name: str = "own",
        *,
        slots: tuple[str, ...] = ("sre", "security"),
        timelock: int = 0,
        approve_within: int = 3600,
        step_up: str = "password",
        version: int = 1,
        more: str = "",
    ) -> Path:
        policy = POLICY.format(
            slots=list(slots), timelock=timelock, approve_within=approve_within, step_up=step_up
        )
        path = tmp_path / f"{name}.toml"
        path.write_text(HEAD.format(version=version) + policy + more, encoding="utf-8")
        return path

    return put


@pytest.fixture
def people(db: None) -> dict[str, User]:
    """Who proposes, and two people in each role that signs."""
    made = {"manager": person("manager", "release_manager"), "admin": person("admin", "admin")}
    for role in ("sre", "security", "data"):
        made[role] = person(role, role)
        made[f"{role}2"] = person(f"{role}2", role)
    return made


@pytest.fixture
def own(db: None, write: Write) -> str:
    """A policy of its own, in force since set-up: two seats, no timelock, evidence fresh for 900 s."""
    write()
    actions.in_force("own")
    return "own"


LAXER = '[items."G1.1"]\nfreshness = 901\n'


@pytest.fixture
def proposed(own: str, write: Write, people: dict[str, User]) -> PolicyVersion:
    """A weaker file of `own`, put to the signers by the manager."""
    write(more=LAXER)
    return actions.propose_weaker(name=own, reason="The source is slow at night.", actor=people["manager"])


def sign(row: PolicyVersion, who: User, method: str = "totp", assertion: Any = None) -> None:
    """The person signs what is proposed."""
    assert row.request is not None
    actions.sign(
        name=row.name,
        actor=who,
        expected_digest=row.request.subject_digest,
        proof=Proof(method, assertion),
        comment="",
    )


@pytest.fixture
def signed(proposed: PolicyVersion, people: dict[str, User]) -> PolicyVersion:
    """The same with both signatures."""
    sign(proposed, people["sre"])
    sign(proposed, people["security"])
    return proposed


def state_of(row: PolicyVersion) -> str:
    """The row's state as the database has it."""
    return str(PolicyVersion.objects.values_list("state", flat=True).get(pk=row.pk))


def digest_in_force(name: str) -> str:
    """The digest of the version in force."""
    return PolicyVersion.objects.get(name=name, state=State.IN_FORCE).digest


def acts(name: str) -> list[str]:
    """What the log has of this policy, in order."""
    return [entry.kind for entry in log.entries_of(f"POLICY-{name}")]


def past_the_laws(statement: str, *values: Any) -> None:
    """Write as who owns the database could, with its triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, list(values))
        cursor.execute("SET LOCAL session_replication_role = origin")
