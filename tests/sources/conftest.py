"""A sources file of one's own for a test."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

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
