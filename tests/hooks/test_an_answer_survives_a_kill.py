"""Law: whoever dies between the decision and the answer, the platform is told, and told once."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from orr.accounts.models import User
from orr.exits import actions as exits
from orr.hooks import sending
from orr.hooks.models import Answer, AnswerState
from orr.lib import clock
from orr.reviews.models import Review
from tests.factories.platform import Platform
from tests.hooks.conftest import Door, payload

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def die(point: str, settings: Any) -> int:
    """Let a process send what is due until it dies; its exit code."""
    database = connection.settings_dict
    url = f"postgresql://{database['USER']}@/{database['NAME']}?host={database['HOST']}"
    known = {"DATABASE_URL": url, "PLURA_SOURCES": settings.PLURA_SOURCES, "CELERY_EAGER": "",
             "DJANGO_SETTINGS_MODULE": "orr.settings", "BROKER_URL": "memory://", "SECRET_KEY": "k" * 60,
             "PYTHONPATH": str(Path(__file__).parents[2])}  # fmt: skip
    script = Path(__file__).with_name("die.py")
    done = subprocess.run(
        [sys.executable, str(script), point], env={**os.environ, **known}, timeout=120, check=False,
        capture_output=True,
    )  # fmt: skip
    return done.returncode


@pytest.mark.parametrize("point", ["claimed", "told"])
def test_a_killed_sender_loses_no_answer_and_doubles_none(
    door: Door, platform: Platform, bot: User, settings: Any, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    monkeypatch.setattr("orr.hooks.answers.wake", lambda: None)
    door.github("deployment_protection_rule", payload("github-rule", platform.url))
    exits.start(code=Review.objects.get().code, actor=bot, reason="no")
    assert die(point, settings) == 9
    assert len(platform.posts()) == (point == "told")
    assert sending.send_due() == 0, "the lease of the dead one runs"
    Answer.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    assert sending.send_due() == 1
    assert [one["state"] for one in platform.told] == ["rejected"]
    assert Answer.objects.get().state == AnswerState.SENT
    assert sending.send_due() == 0
