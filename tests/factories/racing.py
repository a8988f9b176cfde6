"""Threads that start at the same moment, each with a database connection of its own."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

from django.db import connection


@contextmanager
def racers(count: int) -> Iterator[ThreadPoolExecutor]:
    """A pool of exactly `count` threads; their connections are closed at the end."""
    barrier = Barrier(count)

    def leave() -> None:
        barrier.wait()
        connection.close()

    with ThreadPoolExecutor(count) as pool:
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
