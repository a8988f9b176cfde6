"""Facts, rules, people and a registry of one's own for the tests of evidence."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from evidence import registry
from evidence.contract import Facts
from orr.accounts.models import RoleGrant, User
from orr.events import bus
from orr.lib.canonical import digest
from orr.profiles import load
from orr.profiles.schema import Rule

NEW = "sha256:" + "b" * 64
OLD = "sha256:" + "a" * 64
CHANGE_SET: dict[str, Any] = {
    "title": "Model v4",
    "summary": "The model that orders search results.",
    "environment": "prod-kr",
    "service_ids": ["search"],
    "planned_start": "2026-11-24T02:00:00Z",
    "planned_end": "2026-11-24T03:00:00Z",
    "items": [
        {
            "kind": "image",
            "name": "search-api",
            "target": "registry/search-api:stable",
            "from": {"version": "1", "digest": OLD},
            "to": {"version": "2", "digest": NEW},
        }
    ],
}


def facts_of(subject: str = "ORR-0001", **changes: Any) -> Facts:
    """The facts of a change set; `changes` replace top-level fields of it."""
    change_set = {**CHANGE_SET, **changes}
    return Facts(
        subject=subject,
        change_set=change_set,
        change_set_digest=digest(change_set),
        items_digest=digest(change_set["items"]),
        item_digests=sorted(i["to"]["digest"] for i in change_set["items"] if i["to"].get("digest")),
        environment=change_set["environment"],
        opened_at=datetime(2026, 11, 22, 5, 0, tzinfo=UTC),
    )


def rule(code: str, **changes: Any) -> Rule:
    """The standard profile's rule of the item, with changes."""
    return load.get("standard").items[code].model_copy(update=changes)


@pytest.fixture(autouse=True)
def nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Evidence knows no reviews: what the wiring subscribes is not there."""
    monkeypatch.setattr(bus, "_handlers", defaultdict(list))


@pytest.fixture
def collectors() -> Iterator[dict[str, registry.Factory]]:
    """The registry, empty; what a test registers is gone after it."""
    with pytest.MonkeyPatch.context() as patch:
        empty: dict[str, registry.Factory] = {}
        patch.setattr(registry, "_factories", empty)
        patch.setattr(registry, "_brings", {})
        yield empty


@pytest.fixture
def person() -> Callable[..., User]:
    """`person("data", …)`: somebody who holds these roles."""

    def make(*roles: str) -> User:
        name = "-".join(roles) or "nobody"
        user = User.objects.create_user(username=f"{name}-{User.objects.count()}", name=name.title())
        for role in roles:
            now = datetime(2020, 1, 1, tzinfo=UTC)
            RoleGrant.objects.create(user=user, role=role, granted_by=user, granted_at=now, counts_from=now)
        return user

    return make


@pytest.fixture
def configure(tmp_path: Path, settings: Settings) -> Callable[[str], None]:
    """`configure(toml)` makes this the installation's sources file."""

    def write(toml: str) -> None:
        path = tmp_path / "sources.toml"
        path.write_text(toml, encoding="utf-8")
        settings.PLURA_SOURCES = str(path)

    return write
