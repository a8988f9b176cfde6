"""Ties a process's life to its parent's, so that a killed supervisor leaves nothing running."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def tether(when_parent_dies: signal.Signals) -> Callable[[], None]:
    """A function to call in a new child: the kernel then sends it the signal when this process ends.

    Everything slow (loading libc) happens here, so that the function is safe between fork and exec.
    Only Linux can do this; elsewhere the function does nothing.
    """
    parent = os.getpid()
    if not sys.platform.startswith("linux"):
        return lambda: None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, int(when_parent_dies), 0, 0, 0)
        # The parent may have died before the call; then no signal would ever come.
        if os.getppid() != parent:
            os._exit(1)

    return tie


def tie_to_current_parent(when_parent_dies: signal.Signals) -> None:
    """Tie the calling process itself; for workers that another program forks."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(when_parent_dies), 0, 0, 0)
