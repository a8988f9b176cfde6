"""`manage.py test`: every check of the project, each one named with its time, the sum on the last line."""

import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from orr.catalogues import compile_catalogues
from orr.embedded import serving
from orr.embedded.postgres import OWNER
from tests import machine
from tests.lanes import MUTATION, STATIC, Counts, Result, pytest_lane, run

SLOW = "slow or browser or peer"


def main(arguments: list[str]) -> int:
    """Run the lanes; 0 if all of them pass.

    `--fast` leaves out the tests marked slow, browser or peer; `--heavy` adds the nightly ones and the
    mutation of what decides. What remains goes to pytest, and then only pytest runs.
    """
    fast, heavy = "--fast" in arguments, "--heavy" in arguments
    chosen = [argument for argument in arguments if argument not in {"--fast", "--heavy"}]
    started = time.monotonic()
    # An asked end is an orderly one: the database stops, the temporary directories go.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    if not machine.ready(fast=fast):
        return 1
    compile_catalogues()
    with ExitStack() as stack:
        environment = _surroundings(stack)
        results = [] if chosen else [_told(run(lane, environment)) for lane in STATIC]
        if chosen:
            print(f"left out, tests were chosen: {', '.join(lane.name for lane in STATIC)}", flush=True)
        marks = _marks(fast=fast, heavy=heavy)
        result, counts = pytest_lane(environment, [*marks, *chosen])
        if heavy and not chosen:
            mutation = run(MUTATION, environment)
            print(mutation.output, flush=True)
            results.append(mutation)
    results.append(result)
    return _sum(results, counts, time.monotonic() - started)


def _marks(*, fast: bool, heavy: bool) -> list[str]:
    if not heavy:
        print("left out without --heavy: the tests marked heavy", flush=True)
    if fast:
        print(f"left out with --fast: the tests marked {SLOW}", flush=True)
    left_out = [*([] if heavy else ["heavy"]), *([SLOW] if fast else [])]
    return ["-m", f"not ({' or '.join(left_out)})" if left_out else ""]


def _surroundings(stack: ExitStack) -> dict[str, str]:
    """A state directory and a PostgreSQL of this run's own; all lanes share them."""
    room = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="plura-test-"))).resolve()
    cluster = stack.enter_context(serving.postgres(room))
    return {
        "DATABASE_URL": cluster.url(OWNER),
        "PLURA_STATE": str(room),
        "PLURA_TEST_ROOM": str(room),
        "SECRET_KEY": "a key of the tests, which protects nothing at all",
    }


def _told(result: Result) -> Result:
    print(f"{result.name:<12} {'ok' if result.ok else 'FAILED':<7} {result.seconds:5.1f} s", flush=True)
    if not result.ok:
        print(result.output, flush=True)
    return result


def _sum(results: list[Result], counts: Counts, seconds: float) -> int:
    """The closing lines: the lanes with their times, then the counts of tests and checks alone on a line."""
    static = results[:-1]
    for result in results:
        print(f"{result.name:<12} {'ok' if result.ok else 'FAILED':<7} {result.seconds:5.1f} s")
    print(f"all lanes together {seconds:.0f} s")
    broken = sum(not result.ok for result in static)
    # A pytest that ends badly without a failed test (a collection error, no test at all) counts as one.
    failed = counts.failed + broken + (1 if not results[-1].ok and not counts.failed else 0)
    print(
        f"{counts.passed + len(static) - broken} passed, {failed} failed, {counts.skipped} skipped",
        flush=True,
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
