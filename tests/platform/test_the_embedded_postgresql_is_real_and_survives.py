"""The embedded PostgreSQL: durable, private, and back after a kill."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from orr.embedded import identity, serving
from orr.embedded.failure import CannotStart
from orr.embedded.leftover import clear_postmaster
from orr.embedded.postgres import APPLICATION, OWNER, Postgres

ROOT = os.geteuid() == 0

pytestmark = pytest.mark.slow


def test_rows_are_there_after_a_restart(tmp_path: Path) -> None:
    with serving.postgres(tmp_path) as server, psycopg.connect(server.url(OWNER)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    with serving.postgres(tmp_path) as server, psycopg.connect(server.url(OWNER)) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)


def test_nothing_that_protects_acknowledged_acts_is_off(tmp_path: Path) -> None:
    with serving.postgres(tmp_path) as server, psycopg.connect(server.url()) as connection:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            assert connection.execute(f"SHOW {name}").fetchone() == ("on",)  # type: ignore[call-overload]
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_the_application_role_changes_no_table(tmp_path: Path) -> None:
    with serving.postgres(tmp_path) as server, psycopg.connect(server.url(APPLICATION)) as connection:
        assert connection.execute(
            "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
        ).fetchone() == (False,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine ()")


def test_only_its_owner_reaches_the_files_and_the_socket(tmp_path: Path) -> None:
    with serving.postgres(tmp_path) as server:
        assert server.data.stat().st_mode & 0o777 == 0o700
        assert server.sockets.stat().st_mode & 0o777 == 0o700


def test_a_closed_parent_directory_keeps_its_mode(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    state = home / "state"
    state.mkdir()
    with serving.postgres(state):
        pass
    assert home.stat().st_mode & 0o777 == 0o700


def test_it_starts_again_after_its_process_was_killed(tmp_path: Path) -> None:
    server = Postgres(tmp_path)
    server.prepare()
    process = subprocess.Popen(server.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server.wait()
    process.kill()
    process.wait()
    with serving.postgres(tmp_path) as again, psycopg.connect(again.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_lock_file_of_another_programs_process_is_no_server(tmp_path: Path) -> None:
    with serving.postgres(tmp_path) as server:
        data = server.data
    # The id of a living process that is no PostgreSQL: this one.
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n", encoding="utf-8")
    started = time.monotonic()
    with serving.postgres(tmp_path) as server, psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert time.monotonic() - started < 5


def test_an_old_server_that_still_ends_is_waited_for(tmp_path: Path) -> None:
    data = tmp_path / "postgres"
    data.mkdir()
    # Started by a shell that is gone at once, so that nobody here has to reap it.
    program = f"{sys.executable} -c 'import time; time.sleep(0.5)' {data} >/dev/null & echo $!"
    pid = subprocess.check_output(["sh", "-c", program], text=True).strip()
    (data / "postmaster.pid").write_text(f"{pid}\n", encoding="utf-8")
    clear_postmaster(data, patience=5)
    # A process that ended has no command line, whether or not somebody reaped it.
    command_line = Path(f"/proc/{pid}/cmdline")
    assert not command_line.exists() or command_line.read_bytes() == b""
    assert not (data / "postmaster.pid").exists()


@pytest.mark.skipif(not ROOT, reason="left out: only root needs another identity")
def test_root_without_user_namespaces_becomes_nobody(tmp_path: Path) -> None:
    data = tmp_path / "postgres"
    prefix = identity.prefix_for(data, probe=lambda command: command[0] == "setpriv")
    assert prefix == identity.SETPRIV
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("orr.embedded.postgres.prefix_for", lambda data: prefix)
        with serving.postgres(tmp_path) as server, psycopg.connect(server.url()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    assert data.stat().st_uid == identity.NOBODY
    # The machine allows namespaces again: the same state goes on, its files come back to root.
    with serving.postgres(tmp_path) as server, psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_user_needs_no_other_identity(tmp_path: Path) -> None:
    assert identity.prefix_for(tmp_path, root=False, probe=lambda command: False) == ()


def test_root_on_a_machine_that_allows_neither_way_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="ordinary user"):
        identity.prefix_for(tmp_path, root=True, probe=lambda command: False)
