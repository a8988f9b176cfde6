"""Law: killed anywhere, a relay loses nothing: what was kept arrives, a second time with the same id."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

from orr.events import relay
from orr.events.models import Outgoing
from tests.events.conftest import Put, ids
from tests.factories.brokers import outside

KILLS = 4


def process(broker: str, *arguments: str) -> "subprocess.Popen[bytes]":
    database = connection.settings_dict
    url = f"postgresql://{database['USER']}@/{database['NAME']}?host={database['HOST']}"
    known = {"DATABASE_URL": url, "EVENT_HUB_URL": broker, "DJANGO_SETTINGS_MODULE": "orr.settings",
             "PYTHONPATH": str(Path(__file__).parents[2])}  # fmt: skip
    script = Path(__file__).with_name("sending.py")
    started = subprocess.Popen(
        [sys.executable, str(script), *arguments], env={**os.environ, **known}, stdout=subprocess.PIPE
    )
    assert started.stdout is not None and started.stdout.readline() == b"ready\n"
    return started


def ended(relaying: "subprocess.Popen[bytes]") -> int:
    code = relaying.wait(timeout=30)
    assert relaying.stdout is not None
    relaying.stdout.close()
    return code


@pytest.mark.slow
def test_killed_between_the_brokers_receipt_and_our_mark_it_sends_the_same_again(
    broker: str, put: Put, transactional_db: None
) -> None:
    row = put("ORR-0001", "a")
    assert ended(process(broker, "die")) == -signal.SIGKILL
    again = Outgoing.objects.get()
    assert (again.sent_at, again.tries) == (None, 0), "the kill took the mark with it"
    assert relay.run() == 1
    assert ids(outside(broker)) == [str(row.event_id)] * 2


@pytest.mark.slow
def test_killed_at_random_it_loses_nothing_and_keeps_the_order(
    broker: str, put: Put, transactional_db: None
) -> None:
    chance = random.Random(7)  # noqa: S311
    written: list[Outgoing] = []
    for kill in range(KILLS):
        written += [put(f"ORR-000{n % 4}", f"{kill}-{n}") for n in range(40)]
        relaying = process(broker)
        time.sleep(chance.uniform(0.0, 0.12))
        relaying.kill()
        assert ended(relaying) == -signal.SIGKILL
    relay.run()
    assert not Outgoing.objects.filter(sent_at=None).exists()
    arrived = ids(outside(broker))
    assert set(arrived) == {str(row.event_id) for row in written}
    assert len(arrived) <= len(written) + KILLS
    first_seen = {one: place for place, one in reversed(list(enumerate(arrived)))}
    for subject in {row.subject for row in written}:
        places = [first_seen[str(row.event_id)] for row in written if row.subject == subject]
        assert places == sorted(places)
