"""G6.1 by a real pgBackRest: nothing known, no backup yet, a real backup, and its restore as rehearsal."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from evidence.collectors.backups import PointInTime
from evidence.contract import Malformed, Query, Reading, Window
from orr.embedded.identity import prefix_for
from orr.sources.recovery import PgbackrestItem
from orr.sources.source import Source
from tests.evidence.conftest import facts_of, rule
from tests.lib.rogue import answering, serving
from tests.machine import POSTGRESQL

pytestmark = [pytest.mark.peer, pytest.mark.slow]
CONFIG = """[global]
repo1-path={room}/repo
repo1-retention-full=1
log-path={room}/log
log-level-file=off
lock-path={room}/lock
spool-path={room}/spool
start-fast=y
[main]
pg1-path={room}/data
pg1-socket-path={room}
pg1-user=orr
"""


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL that archives to pgBackRest, all of it below one directory."""

    room: Path

    def program(self, name: str, *arguments: str, prefix: tuple[str, ...] = ()) -> str:
        """Run one of PostgreSQL's programs; what it printed."""
        return ran([*prefix, f"{POSTGRESQL}/{name}", *arguments])

    def pgbackrest(self, *arguments: str) -> str:
        """Run pgBackRest with the cluster's configuration; what it printed."""
        return ran(["pgbackrest", f"--config={self.room}/pgbackrest.conf", *arguments])

    def info(self) -> Any:
        """What an operator publishes."""
        return json.loads(self.pgbackrest("--output=json", "info"))

    def make(self) -> None:
        """The cluster's files and pgBackRest's configuration."""
        (self.room / "pgbackrest.conf").write_text(CONFIG.format(room=self.room))
        (self.room / "data").mkdir(mode=0o700)
        how = ("-U", "orr", "--auth=trust", "--no-sync", "--locale=C.UTF-8", "--encoding=UTF8")
        self.program("initdb", "-D", str(self.room / "data"), *how, prefix=prefix_for(self.room / "data"))

    @contextmanager
    def running(self, data: str = "data") -> Iterator[None]:
        """The server on these files, until the block ends."""
        archive = f"pgbackrest --config={self.room}/pgbackrest.conf --stanza=main archive-push %p"
        settings = {
            "listen_addresses": "", "archive_mode": "on" if data == "data" else "off", "fsync": "off",
            "archive_command": archive,
        }  # fmt: skip
        given = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [f"{POSTGRESQL}/postgres", "-D", str(self.room / data), "-k", str(self.room), *given]
        with (self.room / "server.log").open("ab") as log:
            server = subprocess.Popen([*prefix_for(self.room / data), *command], stdout=log, stderr=log)
        try:
            self.wait()
            yield
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(20)

    def wait(self) -> None:
        """Return once the server answers and is no longer restoring."""
        until = time.monotonic() + 20
        while True:
            asked = self._psql("SELECT pg_is_in_recovery()")
            if (asked.returncode, asked.stdout.strip()) == (0, "f"):
                return
            assert time.monotonic() < until, (self.room / "server.log").read_text()
            time.sleep(0.1)

    def query(self, statement: str) -> str:
        """What psql prints for the statement."""
        asked = self._psql(statement)
        assert asked.returncode == 0, asked.stderr
        return asked.stdout.strip()

    def _psql(self, statement: str) -> "subprocess.CompletedProcess[str]":
        how = ["-h", str(self.room), "-U", "orr", "-d", "postgres", "-Atqc", statement]
        return subprocess.run([f"{POSTGRESQL}/psql", *how], capture_output=True, text=True, check=False)


def ran(command: list[str]) -> str:
    # Nothing of the machine's own clusters or repositories.
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "PGBACKREST"))}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def judged(told: Any) -> Reading:
    """The reading of what pgBackRest printed, published over HTTP."""
    with serving(answering(json.dumps(told).encode())) as web:
        source = Source("backups", "pgbackrest", web.url, internal=True, timeout=5)
        item = PgbackrestItem(source="backups", path="/info.json", stanza="main")
        window = Window.before(datetime.now(UTC), 1)
        return PointInTime(source, item).collect(Query("G6.1", rule("G6.1"), facts_of()), window)


def test_a_real_backup_is_read_and_comes_back(tmp_path_factory: pytest.TempPathFactory) -> None:
    cluster = Cluster(tmp_path_factory.mktemp("b"))
    cluster.make()
    with pytest.raises(Malformed, match="nothing of the stanza main"):
        judged(cluster.info())
    with cluster.running():
        cluster.pgbackrest("--stanza=main", "stanza-create")
        found = judged(cluster.info())
        assert (found.passed, found.value) == (False, None)
        assert "no valid backups" in str(found.detail)
        cluster.query("CREATE TABLE kept AS SELECT generate_series(1, 7) AS n")
        cluster.pgbackrest("--stanza=main", "--type=full", "backup")
        found = judged(cluster.info())
    assert (found.passed, found.samples, found.wants_rehearsal) == (True, 1, True)
    assert found.value is not None and 0 <= found.value < 0.1
    assert found.holds_until is not None and found.holds_until > datetime.now(UTC)
    # The rehearsal that a pipeline would push: the backup runs elsewhere, and what was kept is there.
    (cluster.room / "back").mkdir(mode=0o700)
    back = ("--stanza=main", f"--pg1-path={cluster.room}/back", "--type=immediate", "--target-action=promote")
    cluster.pgbackrest(*back, "restore")
    with cluster.running("back"):
        assert cluster.query("SELECT sum(n) FROM kept") == "28"
