"""The file of a secret: by its one real path however it is spelled, and only where it is a plain file."""

import os
import stat
from pathlib import Path

MOST_BYTES = 64 * 1024
# What stands there is made by the machine: the environment of a process, devices, switches of the kernel.
NO_SECRETS = ("/proc", "/dev", "/sys")
# More than a reference of the database holds.
LONGEST = 1000


def real(named: str) -> Path | None:
    """The path without detours and links; None where it leads nowhere that a secret may stand."""
    try:
        found = Path(named).resolve()
    except (OSError, RuntimeError, ValueError):
        return None
    if any(found.is_relative_to(place) for place in NO_SECRETS) or len(str(found)) > LONGEST:
        return None
    return found


def reference(path: Path) -> str:
    """What trust in the secret at that real path hangs on.

    A mounted Secret of Kubernetes stands in ``..<time>/``, which changes with every renewal: that part is
    left out, so that a renewed secret is the same one.
    """
    return f"file:{Path(*(part for part in path.parts if not part.startswith('..')))}"


def text(path: Path) -> str:
    """What the file says, without the space around it. Raises OSError; ValueError for no plain text."""
    # A pipe must not make us wait, nor the last name of a path that was resolved be a link by now.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise ValueError("it is no plain file")
        found = os.read(handle, MOST_BYTES + 1)
    finally:
        os.close(handle)
    if len(found) > MOST_BYTES:
        raise ValueError("it is larger than a secret")
    return found.decode().strip()
