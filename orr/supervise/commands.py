"""The commands of `manage.py` beside Django's own: up, demo, test, bench; others go through to Django."""

import argparse
import os
import sys
from contextlib import ExitStack

from orr.embedded import serving
from orr.embedded.failure import CannotStart
from orr.embedded.postgres import OWNER
from orr.supervise.installation import Installation
from orr.supervise.plan import environment
from orr.supervise.state import State, chosen, new_secret_key

# They read files only: no database needs to be there.
WITHOUT_DATABASE = {
    "check", "diffsettings", "help", "makemigrations", "spectacular", "version",
    "--help", "--version", "-h",
}  # fmt: skip
# They ask the database where one was set up; before that they read files only.
WITHOUT_DATABASE_AT_FIRST = {"sources"}
AS_OWNER = {"dbshell", "flush", "migrate", "sqlflush", "sqlmigrate"}


def run(command: str, arguments: list[str]) -> int:
    """Carry the command out; its exit code. What stops it is one sentence on standard error."""
    try:
        if command in {"up", "demo"}:
            return _start(command, arguments)
        if command == "test":
            from tests.__main__ import main

            return main(arguments)
        if command == "bench":
            from tests.bench.__main__ import main as bench

            return bench(arguments)
        return _django(command, arguments)
    except CannotStart as sentence:
        print(f"plura: {sentence}", file=sys.stderr)
        return 1


def _start(command: str, arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog=f"manage.py {command}")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    parser.add_argument("--state", help="directory of this installation's files (default: var/)")
    options = parser.parse_args(arguments)
    return Installation(chosen(options.state), port=options.port, demo=command == "demo").run()


def _django(command: str, arguments: list[str]) -> int:
    """Run a management command against the running installation, else against its stopped database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orr.settings")
    from django.core.management import execute_from_command_line

    with ExitStack() as stack:
        if not (os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE")):
            os.environ.update(_surroundings(command, stack))
        execute_from_command_line(["manage.py", command, *arguments])
    return 0


def _surroundings(command: str, stack: ExitStack) -> dict[str, str]:
    """The environment of the installation in the state directory; its PostgreSQL runs for the command."""
    state = State(chosen(None))
    running = state.announced()
    if running is not None:
        owner = running.pop("DATABASE_OWNER_URL", None)
        return {**running, "DATABASE_URL": owner} if owner and command in AS_OWNER else running
    if command in WITHOUT_DATABASE:
        return _keys(state)
    if not (state.path / "postgres" / "PG_VERSION").exists():
        if command in WITHOUT_DATABASE_AT_FIRST:
            return {**_keys(state), "PLURA_WITHOUT_DATABASE": "1"}
        raise CannotStart("Nothing has been set up here yet: python3 manage.py up (or demo) does it.")
    state.take()
    server = stack.enter_context(serving.postgres(state.path))
    own = environment(state, port=int(os.environ.get("PORT", "8000")), demo=False)
    return {**own, "DATABASE_URL": server.url(OWNER) if command in AS_OWNER else server.url()}


def _keys(state: State) -> dict[str, str]:
    """The keys of an installation that was set up; else one for this command, which signs nothing."""
    if (state.path / "secret_key").exists():
        return environment(state, port=int(os.environ.get("PORT", "8000")), demo=False)
    given = os.environ.get("SECRET_KEY") or os.environ.get("SECRET_KEY_FILE")
    return {} if given else {"SECRET_KEY": new_secret_key()}
