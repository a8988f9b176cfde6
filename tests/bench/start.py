"""Figure 14: the second start, from the command to the first page."""

import os
import subprocess
import sys
import time
from pathlib import Path

from orr.supervise.state import HOME
from tests.bench.figure import Figure

KEPT = {"PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV"}


def second_start(port: int, room: Path) -> list[Figure]:
    """`up` on a state that an earlier `up` made."""
    _seconds(port, room)
    return [Figure(14, "up, second start, to the first page", _seconds(port, room), "≤", 5, "s")]


def _seconds(port: int, room: Path) -> float:
    command = [
        sys.executable,
        str(HOME / "manage.py"),
        "up",
        "--port",
        str(port),
        "--state",
        str(room / "second"),
    ]
    environment = {name: value for name, value in os.environ.items() if name in KEPT}
    started = time.perf_counter()
    with subprocess.Popen(  # noqa: S603
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        said = []
        for line in process.stdout or ():
            said.append(line)
            if line.startswith("ready "):
                break
        taken = time.perf_counter() - started
        process.terminate()
        process.communicate(timeout=60)
    if not said or not said[-1].startswith("ready "):
        raise RuntimeError("".join(said))
    return taken
