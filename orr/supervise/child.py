"""One process of the installation: how it starts, speaks, dies and is ended."""

import contextlib
import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from orr.embedded.tether import tether

# A process that lived this long was well: its next death starts again with the shortest pause.
WELL_AFTER = 60.0
LONGEST_PAUSE = 30.0


@dataclass(frozen=True)
class Spec:
    """What to run. `orphaned` is the signal that the kernel sends it when the supervisor is killed."""

    name: str
    command: list[str]
    environment: dict[str, str]
    directory: Path
    stop: signal.Signals = signal.SIGTERM
    orphaned: signal.Signals = signal.SIGKILL
    patience: float = 10.0
    # Lines that this pattern finds are not shown: they trouble a reader about nothing.
    hidden: str = "(?!)"


@dataclass
class Child:
    """A running or waiting process of one Spec."""

    spec: Spec
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    started: float = 0.0
    due: float | None = None
    line: bytes = field(default=b"", repr=False)

    def start(self) -> int:
        """Start the process in a session of its own; the descriptor its lines come from."""
        self.started, self.due, self.line = time.monotonic(), None, b""
        self.process = subprocess.Popen(  # noqa: S603
            self.spec.command, cwd=self.spec.directory, env=self.spec.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, preexec_fn=tether(self.spec.orphaned),
        )  # fmt: skip
        assert self.process.stdout is not None  # noqa: S101
        os.set_blocking(self.process.stdout.fileno(), False)
        return self.process.stdout.fileno()

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def lines(self) -> list[str]:
        """The whole lines that came since the last call, and the broken last one of a dead process."""
        assert self.process is not None and self.process.stdout is not None  # noqa: S101
        data = self.process.stdout.read() or b""
        *whole, self.line = (self.line + data).split(b"\n")
        if not self.alive and self.line:
            whole, self.line = [*whole, self.line], b""
        shown = (line.decode(errors="replace").rstrip() for line in whole)
        return [line for line in shown if line and not re.search(self.spec.hidden, line)]

    def schedule(self) -> float:
        """Note a death and set the time of the next start; the pause in seconds."""
        self.deaths = 1 if time.monotonic() - self.started > WELL_AFTER else self.deaths + 1
        pause = min(2.0 ** (self.deaths - 1), LONGEST_PAUSE)
        self.due = time.monotonic() + pause
        return pause

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process if it lives."""
        if self.process is not None and self.alive:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)

    def sweep(self) -> None:
        """Kill what the process leaves behind in its session."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
