"""The embedded servers for the length of a `with` block: for tests, and for single commands."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orr.embedded.postgres import Postgres
from orr.embedded.tether import tether
from orr.embedded.valkey import Valkey


@contextmanager
def postgres(state: Path) -> Iterator[Postgres]:
    """A running PostgreSQL with its files in `state`, its database and roles made."""
    server = Postgres(state)
    server.prepare()
    with _running(server.command, state / "postgres.log", signal.SIGINT):
        server.wait()
        server.make_database()
        yield server


@contextmanager
def valkey(state: Path) -> Iterator[Valkey]:
    """A running Valkey with its files in `state`."""
    server = Valkey(state)
    server.prepare()
    with _running(server.command, state / "valkey.log", signal.SIGTERM):
        server.wait()
        yield server


@contextmanager
def _running(command: list[str], log: Path, stop: signal.Signals) -> Iterator[None]:
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            cwd=log.parent, start_new_session=True, preexec_fn=tether(stop),
        )  # fmt: skip
        try:
            yield
        finally:
            process.send_signal(stop)
            process.wait(timeout=30)
