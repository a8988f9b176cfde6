"""The embedded PostgreSQL: made, started with explicit arguments, and waited for."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from orr.embedded import binaries, leftover
from orr.embedded.failure import CannotStart
from orr.embedded.identity import prefix_for
from orr.embedded.rundir import run_directory

OWNER = "orr"
APPLICATION = "orr_app"
DATABASE = "plura"
CONNECTIONS = 200
PATIENCE = 5.0


class Postgres:
    """The cluster in the state directory `state`: its files, its command line, its addresses."""

    def __init__(self, state: Path) -> None:
        self.data = state / "postgres"
        self.sockets = run_directory(state)
        self._binaries = binaries.postgresql()
        self._prefix = prefix_for(self.data)

    @property
    def command(self) -> list[str]:
        """The server's command line; no setting is left to a file or to the environment."""
        settings = {
            "listen_addresses": "",
            "unix_socket_permissions": "0700",
            "max_connections": str(CONNECTIONS),
            "log_checkpoints": "off",
            "log_line_prefix": "",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        server = str(self._binaries / "postgres")
        return [*self._prefix, server, "-D", str(self.data), "-k", str(self.sockets), *arguments]

    def url(self, role: str = APPLICATION, database: str = DATABASE) -> str:
        """The address that `role` connects to."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.sockets), safe='/')}"

    def prepare(self) -> None:
        """Make the cluster if it is missing, and clear what a killed one left behind.

        Raises CannotStart if PostgreSQL cannot make it, or if an old server does not end.
        """
        leftover.clear_postmaster(self.data, PATIENCE)
        if (self.data / "PG_VERSION").exists():
            return
        self.data.mkdir(mode=0o700, exist_ok=True)
        arguments = ["-D", str(self.data), "-U", OWNER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        made = subprocess.run(  # noqa: S603
            [*self._prefix, str(self._binaries / "initdb"), *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.data.parent,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
        if made.returncode:
            raise CannotStart(f"PostgreSQL could not make its files in {self.data}: {made.stderr.strip()}")

    def wait(self, pause: Callable[[float], None] = time.sleep, seconds: float = 30.0) -> None:
        """Return once the server answers, calling `pause` in between. Raises CannotStart after `seconds`."""
        end = time.monotonic() + seconds
        while True:
            try:
                psycopg.connect(self.url(OWNER, "postgres"), connect_timeout=2).close()
                return
            except psycopg.OperationalError as refusal:
                if time.monotonic() > end:
                    raise CannotStart(f"PostgreSQL in {self.data} does not answer: {refusal}") from refusal
            pause(0.02)

    def make_database(self) -> None:
        """Make the database and the application's role, which may log in but own nothing."""
        with psycopg.connect(self.url(OWNER, "postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APPLICATION]).fetchone():
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE").format(
                        sql.Identifier(APPLICATION)
                    )
                )
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
