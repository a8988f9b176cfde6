"""The law of the intent: whoever dies at whichever point, no key stays unfired, none takes effect twice."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from orr.exits.models import Run
from orr.reviews.models import Review
from tests.exits.conftest import Metrics, drive, item
from tests.factories.receiver import SECRET, Receiver

POINTS = tuple(range(1, 11))


def die(run: Run, point: int, time_: int, settings: Any) -> int:
    """Let a process drive the run until it dies; its exit code."""
    database = connection.settings_dict
    url = f"postgresql://{database['USER']}@/{database['NAME']}?host={database['HOST']}"
    known = {"DATABASE_URL": url, "PLURA_SOURCES": settings.PLURA_SOURCES, "PLANT_SECRET": SECRET,
             "DJANGO_SETTINGS_MODULE": "orr.settings", "BROKER_URL": "memory://", "CELERY_EAGER": "",
             "SECRET_KEY": "k" * 60, "PYTHONPATH": str(Path(__file__).parents[2])}  # fmt: skip
    script = Path(__file__).with_name("die.py")
    done = subprocess.run(
        [sys.executable, str(script), str(run.pk), str(point), str(time_)],
        env={**os.environ, **known}, timeout=60, check=False, capture_output=True,
    )  # fmt: skip
    return done.returncode


@pytest.mark.slow
def test_a_killed_process_loses_no_key_and_doubles_none(
    rolling: Callable[..., Review],
    press: Callable[[Review], Run],
    receiver: Receiver,
    metrics: Metrics,
    settings: Any,
) -> None:
    names = ["a", "b", "c", "d", "e"]
    for point in POINTS:
        run = press(rolling(*[item(f"{name}{point}") for name in names]))
        code = die(run, point, 3 if 3 <= point <= 8 else 1, settings)
        assert code == 9, point
        deadline = time.monotonic() + 15
        while not (ended := drive(run, lease=1.0)).ended_at and time.monotonic() < deadline:
            time.sleep(0.2)
        assert ended.state == "done", point
        assert list(ended.keys.values_list("state", flat=True)) == ["proven"] * 5, point
        assert {receiver.values[f"plant/{name}{point}"] for name in names} == {"old"}
    assert receiver.doubles() == 0
    assert len(receiver.effects) == len(POINTS) * len(names)
