"""`manage.py bench`: prints every figure beside its goal; the exit code is 1 when one is missed."""

import logging
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orr.embedded import serving
from orr.embedded.postgres import OWNER
from orr.supervise.state import State, new_log_key, new_secret_key
from tests.bench import collection, house, ledger, pages, paper, start
from tests.bench.figure import Figure

BOARDS = 60
DEEP = 90_000
# These need what other parts of the product bring, or a longer run than one command: see docs/scaling.md.
NOT_HERE = "6, 8, 11, 13, 15"


def main(arguments: list[str]) -> int:
    """Measure in a house of our own, which is gone afterwards."""
    if arguments:
        print("usage: manage.py bench", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="plura-bench-") as folder:
        room = Path(folder).resolve()
        figures = [*_told(start.second_start(_port(), room))]
        with serving.postgres(room) as database:
            _furnish(room, database.url(OWNER))
            for found in _measured(room):
                figures += _told(found)
    print(f"not measured by this command: {NOT_HERE}")
    missed = sum(not figure.met for figure in figures)
    print(f"{len(figures) - missed} met, {missed} missed", flush=True)
    return 1 if missed else 0


def _told(figures: list[Figure]) -> list[Figure]:
    for figure in figures:
        print(figure, flush=True)
    return figures


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _furnish(room: Path, database: str) -> None:
    """Django with its tables, in this process, on that database."""
    state = State(room)
    os.environ.update(
        DATABASE_URL=database,
        PLURA_STATE=str(room),
        SECRET_KEY_FILE=str(state.secret("secret_key", new_secret_key, 0o600)),
        TLOG_KEY_FILE=str(state.secret("tlog.key", new_log_key, 0o400)),
        DJANGO_SETTINGS_MODULE="tests.bench.settings",
    )
    import django
    from django.core.management import call_command

    django.setup()
    logging.disable(logging.WARNING)
    call_command("migrate", verbosity=0, interactive=False)


def _measured(room: Path) -> Iterator[list[Figure]]:
    codes = house.open_reviews(BOARDS)
    house.fill()
    yield pages.queries(codes[0], "bench-manager")
    port = _port()
    reader = house.Reader(port, house.session("bench-manager"))
    with _quiet(), house.web(port, room) as web:
        yield pages.misses(web, reader, codes[1:])
        yield pages.ratios(web, reader, codes[0])
        yield pages.weight(reader, codes[0])
        yield pages.depth(web, reader, house.keys_of_pages(40, DEEP))
        yield pages.tail(reader, codes[0])
    yield paper.report(codes[0])
    yield collection.collection()
    yield ledger.ledger()


@contextmanager
def _quiet() -> Iterator[None]:
    """Close this process's own connections while others are measured."""
    from django.db import connections

    connections.close_all()
    yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
