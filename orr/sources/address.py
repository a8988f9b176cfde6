"""What a secret is bound to: the place that an address leads to, whatever is asked there."""

from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

# Wherever on this machine: what is sent there does not leave it.
HERE = "this machine"
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_PORTS = {"http": 80, "https": 443, "postgresql": 5432, "postgres": 5432}


def origin(url: str) -> str:
    """``scheme://host:port`` in lower case. Raises ValueError for an address that names no such place.

    Of a PostgreSQL address host and port are those that a client connects to: libpq lets ``?host=``
    stand in for the host that one reads.
    """
    parts = urlsplit(url)
    host, port = (parts.hostname or "").lower(), parts.port
    if parts.scheme in ("postgresql", "postgres"):
        host, port = _of_libpq(url)
    return f"{parts.scheme}://{host}:{port or _PORTS.get(parts.scheme, 0)}"


def bound_to(url: str) -> str:
    """The origin, or HERE where nothing leaves this machine. Raises ValueError as `origin`."""
    place = origin(url)
    host = place.split("://", 1)[1].rpartition(":")[0]
    return HERE if host in _LOOPBACK or host.startswith("/") else place


def _of_libpq(url: str) -> tuple[str, int | None]:
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise ValueError("this is no PostgreSQL URL") from error
    port = str(parts.get("port") or "")
    if port and not port.isdecimal():
        raise ValueError("the port is no number")
    return str(parts.get("host") or "").lower(), int(port) if port else None
