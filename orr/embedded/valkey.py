"""The embedded Valkey: the broker between web, worker and beat, on a Unix socket."""

import socket
import time
from collections.abc import Callable
from pathlib import Path

from orr.embedded import binaries, leftover
from orr.embedded.failure import CannotStart
from orr.embedded.rundir import run_directory

PATIENCE = 5.0


class Valkey:
    """The broker whose files are in the state directory `state`."""

    def __init__(self, state: Path) -> None:
        self.data = state / "valkey"
        self.socket = run_directory(state) / "valkey.sock"
        self._program = binaries.valkey()

    @property
    def command(self) -> list[str]:
        """The server's command line: no port, every write kept on disk, nothing evicted."""
        settings = {
            "--port": "0",
            "--unixsocket": str(self.socket),
            "--unixsocketperm": "700",
            "--dir": str(self.data),
            "--appendonly": "yes",
            "--save": "",
            "--maxmemory-policy": "noeviction",
            "--loglevel": "warning",
        }
        return [str(self._program), *(part for pair in settings.items() for part in pair)]

    @property
    def url(self) -> str:
        """The address that Celery connects to."""
        return f"redis+socket://{self.socket}"

    def prepare(self) -> None:
        """Make the data directory and clear what a killed server left. Raises CannotStart."""
        self.data.mkdir(mode=0o700, exist_ok=True)
        leftover.clear_socket(self.socket, PATIENCE)

    def wait(self, pause: Callable[[float], None] = time.sleep, seconds: float = 15.0) -> None:
        """Return once the server answers PING. Raises CannotStart after `seconds`."""
        end = time.monotonic() + seconds
        while not self._pongs():
            if time.monotonic() > end:
                raise CannotStart(f"Valkey does not answer at {self.socket}.")
            pause(0.02)

    def _pongs(self) -> bool:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(1)
            try:
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False
