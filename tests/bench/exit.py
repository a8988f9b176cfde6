"""Figure 11: an Exit takes as long as its slowest key in each phase, and its first order leaves at once."""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from tests.bench.figure import Figure
from tests.factories.receiver import SECRET, Receiver, running, sources_file

ROUNDS = 5
KEYS = 10
SLOW = 0.4
SLOWEST = 0.6


def exits() -> list[Figure]:
    """From the click to the first order, a worker idle in this process; and the whole beside its keys."""
    with _plant() as receiver:
        clicks = [_click(receiver, n) for n in range(ROUNDS + 1)][1:]
        ratios = [_ratio(receiver, n) for n in range(ROUNDS)]
    return [
        Figure(11, "Exit: click → first order sent", statistics.median(clicks) * 1000, "≤", 250, "ms"),
        Figure(11, f"Exit of {KEYS} keys in two phases ÷ slowest keys", statistics.median(ratios), "≤", 1.05),
    ]


@contextmanager
def _plant() -> Iterator[Receiver]:
    from django.test import override_settings

    with tempfile.TemporaryDirectory() as folder, running(Receiver()) as receiver:
        path = sources_file(Path(folder) / "sources.toml", receiver.url)
        secret = mock.patch.dict(os.environ, {"PLANT_SECRET": SECRET})
        with secret, override_settings(PLURA_SOURCES=str(path)):
            yield receiver


def _click(receiver: Receiver, number: int) -> float:
    """Seconds from the call that a click makes until the receiver has the first order."""
    from orr.exits import actions

    review = _rolling(receiver, [f"click-{number}"])
    receiver.first_post.clear()
    began = time.perf_counter()
    run: Any = actions.start(code=review.code, actor=review.requester, reason="")
    if not receiver.first_post.wait(10):
        raise RuntimeError("no order was sent within 10 seconds")
    took = time.perf_counter() - began
    _give_up(run)
    return took


def _ratio(receiver: Receiver, number: int) -> float:
    """Seconds from the first claim to the last proof, over the sum of each phase's slowest key."""
    from orr.exits import actions, watch
    from orr.exits.engine import Engine
    from orr.exits.recovery import Probe

    names = [f"ratio-{number}-{n}" for n in range(KEYS)]
    review = _rolling(receiver, names)
    for n, name in enumerate(names):
        receiver.slow[f"plant/{name}"] = SLOWEST if n % (KEYS // 2) == 0 else SLOW
    with mock.patch.object(watch, "begin"), mock.patch.object(Probe, "look", lambda _: {"state": "green"}):
        run: Any = actions.start(code=review.code, actor=review.requester, reason="")
        Engine().drive(run.pk)
    phases: dict[int, list[float]] = {}
    for key in run.keys.all():
        phases.setdefault(key.phase, []).append((key.proven_at - key.first_claimed_at).total_seconds())
    first = min(key.first_claimed_at for key in run.keys.all())
    last = max(key.proven_at for key in run.keys.all())
    return float((last - first).total_seconds() / sum(max(seconds) for seconds in phases.values()))


def _rolling(receiver: Receiver, names: list[str]) -> Any:
    """A review of these keys that rolls out: one phase of flags, then one of images that wait for them."""
    from django.db import transaction

    from orr.exits import watch
    from orr.reviews import acts
    from orr.reviews.states import Verb
    from tests.factories.reviews import review

    flags = names[: max(1, len(names) // 2)]
    items = [
        _item("flag" if name in flags else "image", name, [] if name in flags else flags) for name in names
    ]
    for name in names:
        receiver.values[f"plant/{name}"] = "new"
    with mock.patch.object(watch, "wake"):
        made = review(items=items, service_ids=[])
    with transaction.atomic():
        locked = acts.lock(made.code)
        for verb in (Verb.PROPOSE, Verb.TAKE_EFFECT, Verb.START):
            acts.move(locked, verb, locked.requester)
    return acts.find(made.code)


def _item(kind: str, name: str, after: list[str]) -> dict[str, Any]:
    key = {"target": f"plant/{name}", "desired": "old", "after": after}
    return {"kind": kind, "name": name, "to": {"version": "new"}, "rollback_key": key}


def _give_up(run: Any) -> None:
    """End a run whose recovery nobody here can measure, and wait until its thread has gone."""
    from django.db.models.functions import Now

    from orr.exits import watch
    from orr.exits.models import Run

    while run.keys.exclude(state="proven").exists():
        time.sleep(0.02)
    Run.objects.filter(pk=run.pk).update(state="not_recovered", ended_at=Now())
    while run.pk in watch._watched:
        time.sleep(0.05)
