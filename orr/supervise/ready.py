"""Asks the port: whether it is free, and whether a page is really served on it."""

import http.client
import socket
import time
from collections.abc import Callable

from orr.embedded.failure import CannotStart

# Seconds for which a listening server may answer something else than the page.
PATIENCE = 10.0


def free(port: int) -> None:
    """Raise CannotStart if another program listens on `port`, or if we may not."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except PermissionError as refusal:
            raise CannotStart(
                f"Port {port} needs more rights: choose one above 1023 with --port."
            ) from refusal
        except OSError as refusal:
            raise CannotStart(f"Port {port} is in use: choose another one with --port.") from refusal


def status(port: int, path: str) -> int | None:
    """The status that our own web server answers with; None while it does not."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def wait(port: int, path: str, pause: Callable[[float], None], seconds: float = 60.0) -> None:
    """Return once `path` is served with 200, calling `pause` in between.

    Raises CannotStart after `seconds`.
    """
    end = time.monotonic() + seconds
    while (answer := status(port, path)) != 200:
        if answer is not None:
            # It listens already, so another answer than 200 is a mistake and not a matter of time.
            end = min(end, time.monotonic() + PATIENCE)
        if time.monotonic() > end:
            raise CannotStart(f"The web server does not serve {path}; it answers {answer or 'nothing'}.")
        pause(0.05)
