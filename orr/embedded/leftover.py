"""What a killed installation leaves behind, and when it is safe to go over it.

Whoever calls this holds the lock of the state directory: no other supervisor can own these servers.
"""

import contextlib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from orr.embedded.failure import CannotStart


def clear_postmaster(data: Path, patience: float) -> None:
    """Wait for an old PostgreSQL on `data` to end, press it to, and remove a lock file nobody holds.

    A process id in `postmaster.pid` may long belong to another program: only a process whose command
    line names `data` counts. Raises CannotStart if the old server stays alive.
    """
    lock = data / "postmaster.pid"
    for pressure in (None, signal.SIGINT, signal.SIGQUIT):
        pid = _holder(lock, data)
        if pid is None:
            break
        if pressure is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, pressure)
        if _gone(lock, data, patience):
            break
    if _holder(lock, data) is not None:
        raise CannotStart(f"An old PostgreSQL on {data} does not stop: end it, then start again.")
    lock.unlink(missing_ok=True)


def clear_socket(path: Path, patience: float) -> None:
    """Ask an old Valkey behind `path` to end and wait for it. Raises CannotStart if it keeps answering."""
    end = time.monotonic() + patience
    while _answers(path):
        if time.monotonic() > end:
            raise CannotStart(f"An old server at {path} does not stop: end it, then start again.")
        time.sleep(0.05)


def _gone(lock: Path, data: Path, patience: float) -> bool:
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if _holder(lock, data) is None:
            return True
        time.sleep(0.05)
    return False


def _holder(lock: Path, data: Path) -> int | None:
    """The id of the PostgreSQL that holds the lock file; None if none does."""
    try:
        pid = int(lock.read_text(encoding="utf-8").splitlines()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None
    return pid if str(data) in _command_line(pid) else None


def _command_line(pid: int) -> str:
    if Path("/proc/self/cmdline").exists():
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return ""
    asked = subprocess.run(  # noqa: S603
        ["ps", "-ww", "-o", "command=", "-p", str(pid)],  # noqa: S607
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return asked.stdout


def _answers(path: Path) -> bool:
    """Whether a server accepts on the socket; it is asked to shut down, keeping what it holds."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            connection.connect(str(path))
            connection.sendall(b"SHUTDOWN\r\n")
        except OSError:
            return False
    return True
