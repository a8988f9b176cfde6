"""A log key of its own for each test of the log."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from orr.tlog import keys


@pytest.fixture(autouse=True)
def log_key(settings: Settings, tmp_path: Path) -> Path:
    """A fresh signing key; the signer's file beside it is not there yet."""
    settings.TLOG_KEY_FILE = str(tmp_path / "log" / "tlog.key")
    settings.TLOG_ORIGIN = "example.org/log"
    keys.create()
    return tmp_path / "log"
