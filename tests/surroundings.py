"""What the product finds around it in a test run; loaded before Django's settings are read."""

import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from orr.embedded import serving
from orr.embedded.postgres import OWNER
from orr.tlog.note import generate_skey

_rooms = ExitStack()


def _room() -> Path:
    """A private directory for this run's state, gone with it."""
    made = Path(tempfile.mkdtemp(prefix="plura-test-"))
    _rooms.callback(shutil.rmtree, made, ignore_errors=True)
    return made


def _furnish() -> None:
    """Set what the caller's environment leaves open; workers of one run share what the first one made."""
    if "PLURA_STATE" not in os.environ:
        os.environ["PLURA_STATE"] = str(_room())
    key = Path(os.environ["PLURA_STATE"]) / "tlog.key"
    if "TLOG_KEY_FILE" not in os.environ:
        key.write_text(generate_skey("orr.test/log") + "\n", encoding="utf-8")
        key.chmod(0o400)
        os.environ["TLOG_KEY_FILE"] = str(key)
    os.environ.setdefault("TLOG_ORIGIN", "orr.test/log")
    os.environ.setdefault("SECRET_KEY", "a key of the tests, which protects nothing at all")
    os.environ.setdefault("CELERY_EAGER", "1")
    if "DATABASE_URL" not in os.environ:
        cluster = _rooms.enter_context(serving.postgres(Path(os.environ["PLURA_STATE"])))
        os.environ["DATABASE_URL"] = cluster.url(OWNER)


_furnish()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Stop the servers and remove the state that this process made."""
    _rooms.close()
