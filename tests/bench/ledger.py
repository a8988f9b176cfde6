"""Figure 12: the transparency log in batch, and its proofs."""

import random
import time

from tests.bench.figure import Figure
from tests.bench.stopwatch import quantile

ENTRIES = 20_000
PROOFS = 300


def ledger() -> list[Figure]:
    """Entries indexed and signed in a second, and the time of one proof at the size reached."""
    from django.db import transaction

    from orr.tlog import log
    from orr.tlog.sequencer import sequence

    sequence()
    with transaction.atomic():
        for number in range(ENTRIES):
            log.append(
                kind="bench", review=f"ORR-{number % 1000:04d}", artefacts={"n": f"{number:064x}"}, actor=None
            )
    started = time.perf_counter()
    sequence()
    return [
        Figure(
            12,
            "log: entries indexed and signed",
            ENTRIES / (time.perf_counter() - started),
            "≥",
            20_000,
            "/s",
        ),
        Figure(
            12, f"log: proof, p95, at {ENTRIES:,} entries", quantile(_proofs(), 0.95) * 1000, "≤", 5, "ms"
        ),
    ]


def _proofs() -> list[float]:
    from orr.tlog import prove

    times = []
    for _ in range(PROOFS):
        index = random.randrange(ENTRIES)  # noqa: S311
        started = time.perf_counter()
        prove.prove(index)
        times.append(time.perf_counter() - started)
    return times
