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

ORIGIN = "orr.test/log"
# A developer's own installation must never meet the tests.
STRANGERS = ("ARCHIVE_URL", "BROKER_URL", "EVENT_HUB_URL", "PLURA_DEMO", "PLURA_PROFILES", "PLURA_SOURCES")

_rooms = ExitStack()
_OWNER = os.getpid()


def _room() -> Path:
    """The private directory of this run's state: the caller's, or one that goes with this process."""
    if "PLURA_TEST_ROOM" not in os.environ:
        made = tempfile.mkdtemp(prefix="plura-test-")
        _rooms.callback(shutil.rmtree, made, ignore_errors=True)
        os.environ["PLURA_TEST_ROOM"] = made
    return Path(os.environ["PLURA_TEST_ROOM"])


def _key(room: Path) -> Path:
    path = room / "tlog.key"
    if not path.exists():
        path.write_text(generate_skey(ORIGIN) + "\n", encoding="utf-8")
        path.chmod(0o400)
    return path


def _furnish() -> None:
    """Set the environment; the workers of one run share what the first process made."""
    room = _room()
    (room / "static").mkdir(exist_ok=True)
    for name in STRANGERS:
        os.environ.pop(name, None)
    os.environ.update(
        PLURA_STATE=str(room),
        TLOG_KEY_FILE=str(_key(room)),
        TLOG_ORIGIN=ORIGIN,
        SECRET_KEY="a key of the tests, which protects nothing at all",
        CELERY_EAGER="1",
    )
    if "DATABASE_URL" not in os.environ:
        cluster = _rooms.enter_context(serving.postgres(room))
        os.environ["DATABASE_URL"] = cluster.url(OWNER)


_furnish()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Stop the servers and remove the state that this process made; a fork of it leaves them."""
    if os.getpid() == _OWNER:
        _rooms.close()
