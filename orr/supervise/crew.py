"""All processes of the installation: one stream of lines, restarts, an orderly end.

One thread and one selector: a fork beside running threads could inherit their locks.
"""

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import time
from types import FrameType

from orr.embedded.failure import CannotStart
from orr.supervise.child import Child, Spec

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):
    """Somebody asked the installation to stop."""


class Crew:
    """The children by name, in the order in which they were started."""

    def __init__(self) -> None:
        self.children: dict[str, Child] = {}
        self.asked = 0
        self._selector = selectors.DefaultSelector()
        self._waker, self._woken = socket.socketpair()

    def listen(self) -> None:
        """Take Ctrl-C, the end signal and a hang-up as the wish to stop; be woken by a child's death."""
        for end in (self._waker, self._woken):
            end.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ, None)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        for number in SIGNALS:
            signal.signal(number, self._ask)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)

    def close(self) -> None:
        """Let the descriptors go; the children are stopped by then."""
        self._selector.close()
        self._waker.close()
        self._woken.close()

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked += 1

    def start(self, spec: Spec) -> None:
        """Start a child and keep it running."""
        child = self.children.setdefault(spec.name, Child(spec))
        self._selector.register(child.start(), selectors.EVENT_READ, child)

    def once(self, spec: Spec) -> tuple[int, list[str]]:
        """Run a child to its end; its exit code and its lines. Raises Stopped."""
        child = Child(spec)
        said: list[str] = []
        handle = child.start()
        self._selector.register(handle, selectors.EVENT_READ, None)
        try:
            while child.alive:
                self.pump(0.5)
                said += child.lines()
            said += child.lines()
        finally:
            self._selector.unregister(handle)
            child.sweep()
        assert child.process is not None  # noqa: S101
        return child.process.returncode, said

    def pump(self, seconds: float) -> None:
        """Pass lines on and restart the dead for at most `seconds`. Raises Stopped if somebody asked."""
        self._look(seconds)
        for child in self.children.values():
            self._care(child)
        if self.asked:
            raise Stopped

    def alive(self, name: str) -> bool:
        """Whether that child runs; for waits that are over when it has died. Raises CannotStart if not."""
        child = self.children[name]
        if child.deaths:
            raise CannotStart(f"{name} does not start: its lines above say why.")
        return child.alive

    def _look(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if key.data is not None:
                show(key.data.spec.name, key.data.lines())
            elif key.fileobj is self._woken:
                with contextlib.suppress(BlockingIOError):
                    self._woken.recv(4096)

    def _care(self, child: Child) -> None:
        if child.due is not None:
            if time.monotonic() >= child.due:
                self.start(child.spec)
        elif not child.alive:
            code = self._bury(child)
            pause = child.schedule()
            show("plura", [f"{child.spec.name} ended ({code}); starting it again in {pause:.0f} s"])

    def _bury(self, child: Child) -> int:
        """Take the last lines and the descriptor of a dead child; its exit code."""
        assert child.process is not None and child.process.stdout is not None  # noqa: S101
        show(child.spec.name, child.lines())
        self._selector.unregister(child.process.stdout)
        child.process.stdout.close()
        child.sweep()
        return child.process.returncode

    def stop(self, order: list[str]) -> None:
        """End the children in `order`, each one within its patience; a second wish to stop ends it."""
        wishes = self.asked
        for name in order:
            child = self.children.get(name)
            if child is None or not child.alive:
                continue
            child.signal(child.spec.stop)
            end = time.monotonic() + child.spec.patience
            while child.alive and time.monotonic() < end and self.asked == wishes:
                self._look(0.1)
            if child.alive:
                show("plura", [f"{name} did not stop in time and is killed"])
                child.sweep()
            assert child.process is not None  # noqa: S101
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(timeout=5)
            self._bury(child)


def show(name: str, lines: list[str]) -> None:
    """Print lines with their origin; a reader that went away doesn't stop the installation."""
    for line in lines:
        try:
            print(f"{name:<9}| {line}", flush=True)
        except BrokenPipeError:
            with contextlib.suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
