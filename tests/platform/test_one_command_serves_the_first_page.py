"""`manage.py up` as a person types it: the first page, commands beside it, a kill, and nothing lost."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from orr.supervise import ready

HOME = Path(__file__).resolve().parents[2]
KEPT = {"PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV"}

pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Machine:
    """A state directory and a port, with the environment of somebody who set nothing."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.port = free_port()
        self.environment = {name: value for name, value in os.environ.items() if name in KEPT}

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, str(HOME / "manage.py"), *arguments],
            env={**self.environment, "PLURA_STATE": str(self.state)}, cwd=self.state.parent,
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    @contextmanager
    def up(self) -> Iterator[tuple["subprocess.Popen[str]", list[str]]]:
        """A running installation and the lines up to `ready`."""
        command = [sys.executable, str(HOME / "manage.py"), "up"]
        with subprocess.Popen(
            [*command, "--port", str(self.port), "--state", str(self.state)],
            env=self.environment, cwd=self.state.parent,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        ) as process:  # fmt: skip
            lines = []
            for line in process.stdout or ():
                lines.append(line.rstrip())
                if line.startswith("ready "):
                    break
            try:
                yield process, lines
            finally:
                process.terminate()
                process.communicate(timeout=60)


def on(state: Path) -> list[str]:
    """The command lines of living processes that name the state directory."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(state) in line and "pytest" not in line:
            found.append(line)
    return found


def test_a_first_start_serves_the_page_and_lets_the_first_administrator_in(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "state")
    with machine.up() as (process, lines):
        assert lines[-1] == f"ready http://localhost:{machine.port}", "\n".join(lines)
        assert ready.status(machine.port, "/signin") == 200
        assert any(re.search(r"http://localhost:\d+/welcome/", line) for line in lines), "\n".join(lines)
        second = machine.command("up", "--port", str(free_port()))
        assert (second.returncode, second.stderr.count("\n")) == (1, 1)
        assert "runs on" in second.stderr
        elsewhere = machine.command("up", "--port", str(machine.port), "--state", str(tmp_path / "other"))
        assert "is in use" in elsewhere.stderr
        assert "/welcome/" in machine.command("first_link").stdout
        process.terminate()
        process.wait(timeout=60)
        assert process.returncode == 0
    assert on(machine.state) == []


def test_a_killed_installation_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "state")
    make = "from orr.accounts.models import User; User.objects.create(username='kept', name='Kept')"
    ask = "from orr.accounts.models import User; print(User.objects.filter(username='kept').count())"
    with machine.up() as (process, _):
        assert machine.command("shell", "-v0", "-c", make).returncode == 0
        process.kill()
        process.wait()
    with machine.up() as (_, lines):
        assert lines[-1].startswith("ready "), "\n".join(lines)
        assert machine.command("shell", "-v0", "-c", ask).stdout.strip() == "1"
    # Beside a stopped installation the command brings its database up for itself.
    assert machine.command("shell", "-v0", "-c", ask).stdout.strip() == "1"
