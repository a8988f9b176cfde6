"""How PostgreSQL runs when root starts it, since it refuses to be root."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from orr.embedded.failure import CannotStart

NOBODY = 65534
UNSHARE = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--")
# Root's own directories may be closed to everyone: the two capabilities let nobody pass through them.
CAPABILITIES = "+dac_override,+dac_read_search"
SETPRIV = (
    "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
    f"--inh-caps={CAPABILITIES}", f"--ambient-caps={CAPABILITIES}", "--pdeathsig", "INT", "--",
)  # fmt: skip

Probe = Callable[[tuple[str, ...]], bool]


def works(prefix: tuple[str, ...]) -> bool:
    """Whether this machine lets us start a program behind `prefix`."""
    if shutil.which(prefix[0]) is None:
        return False
    return subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0  # noqa: S603


def prefix_for(data: Path, *, root: bool | None = None, probe: Probe = works) -> tuple[str, ...]:
    """What to put before a PostgreSQL program that works on the directory `data`.

    A user needs nothing. Root enters a user namespace in which it is nobody: no copy, no change of owner
    or mode, and no real loss of privilege either. Where namespaces are forbidden, root becomes nobody and
    the data directory is given to it. Raises CannotStart where neither is possible.
    """
    if not (os.geteuid() == 0 if root is None else root):
        return ()
    if probe(UNSHARE):
        _own(data, os.getuid())
        return UNSHARE
    if probe(SETPRIV):
        _own(data, NOBODY)
        return SETPRIV
    raise CannotStart(
        "PostgreSQL refuses to run as root and this machine allows neither user namespaces nor setpriv: "
        "start as an ordinary user, or set DATABASE_URL."
    )


def _own(data: Path, uid: int) -> None:
    """Give the data directory to `uid`, so that a state started one way can go on the other way."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if data.stat().st_uid == uid:
        return
    for path in (data, *data.rglob("*")):
        os.chown(path, uid, uid if uid else os.getgid(), follow_symlinks=False)
