"""Threads that start at the same moment, each with a database connection of its own."""

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import Barrier
from typing import Any

from django.db import connection

# Two crowds at once would take more connections than the database gives.
CROWD = 50


@contextmanager
def racers(count: int) -> Iterator[ThreadPoolExecutor]:
    """A pool of exactly `count` threads; their connections are closed at the end."""
    barrier = Barrier(count)

    def leave() -> None:
        barrier.wait()
        connection.close()

    with _alone() if count > CROWD else nullcontext(), ThreadPoolExecutor(count) as pool:
        try:
            yield pool
        finally:
            for done in [pool.submit(leave) for _ in range(count)]:
                done.result()


def race(pool: ThreadPoolExecutor, acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each act returned, after all began together; there must be no more acts than threads."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        start.wait()
        return act()

    return [done.result() for done in [pool.submit(run, act) for act in acts]]


@contextmanager
def _alone() -> Iterator[None]:
    """No other process of this run has a crowd meanwhile."""
    with (Path(os.environ["PLURA_TEST_ROOM"]) / "crowd").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
