"""The receiver as the configured source `plant`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.factories.receiver import SECRET, Receiver, running, sources_file


@pytest.fixture
def receiver(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A running receiver that the sources file names."""
    monkeypatch.setenv("PLANT_SECRET", SECRET)
    with running(Receiver()) as held:
        settings.PLURA_SOURCES = str(sources_file(tmp_path / "sources.toml", held.url))
        yield held
