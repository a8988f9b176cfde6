"""Where Unix sockets live: beside the state while the path is short enough, else in a private place."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from orr.embedded.failure import CannotStart

# sockaddr_un holds 104 bytes on macOS and 108 on Linux, the closing zero included.
LONGEST_SOCKET_PATH = 100
LONGEST_SOCKET_NAME = "/.s.PGSQL.5432.lock"


def run_directory(state: Path) -> Path:
    """A directory of mode 0700 for the sockets of the installation in `state`; made if it is missing.

    Raises CannotStart where the private place belongs to someone else.
    """
    beside = state / "run"
    if len(os.fsencode(beside)) + len(LONGEST_SOCKET_NAME) <= LONGEST_SOCKET_PATH:
        beside.mkdir(mode=0o700, exist_ok=True)
        return beside
    name = hashlib.sha256(os.fsencode(state)).hexdigest()[:16]
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and os.access(runtime, os.W_OK):
        return _private(Path(runtime) / f"plura-{name}")
    return _private(Path(tempfile.gettempdir()) / f"plura-{os.getuid()}-{name}")


def _private(path: Path) -> Path:
    """`path` as our own directory of mode 0700: in a shared parent anyone may have made it first."""
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    private = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o700
    if not private or found.st_uid != os.getuid():
        raise CannotStart(
            f"{path} is not this user's private directory: remove it, or use a shorter --state."
        )
    return path
