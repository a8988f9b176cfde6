"""A sources file of one's own for a test."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from orr.sources.models import KnownSecret

Configure = Callable[[str], Path]


@pytest.fixture
def configure(tmp_path: Path, settings: Settings) -> Configure:
    """`configure(toml)` makes this the installation's sources file."""

    def write(toml: str) -> Path:
        path = tmp_path / "sources.toml"
        path.write_text(toml, encoding="utf-8")
        settings.PLURA_SOURCES = str(path)
        return path

    return write


@pytest.fixture
def token(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two secrets in the environment, neither of them used yet."""
    # Threads of other tests use secrets on connections of their own, which no rollback reaches.
    KnownSecret.objects.all().delete()
    monkeypatch.setenv("M_TOKEN", "s3cret")
    monkeypatch.setenv("OTHER", "0ther")
