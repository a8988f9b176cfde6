"""Drives a run in a process that dies, as by kill -9, at a numbered point: `die.py RUN POINT TIME`."""

import os
import sys
import uuid
from itertools import count


def main(run_id: str, point: int, time: int) -> None:
    """Die when `point` is reached for the `time`-th time."""
    import django

    django.setup()
    from evidence import registry
    from orr import celery
    from orr.exits import recovery
    from orr.exits.engine import Engine
    from tests.exits.conftest import GATE_1, Metrics

    celery.app.set_default()
    for code in GATE_1:
        registry.register(code, Metrics)
    recovery.least_seconds = lambda _review: 0
    reached = count(1)

    def at(number: int) -> None:
        if number == point and next(reached) == time:
            os._exit(9)

    Engine(at=at, lease=1.0).drive(uuid.UUID(run_id))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
