"""A read-only PostgreSQL session with a source, to the address that was checked."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from orr.lib import egress
from orr.lib.egress import EgressFailed, EgressRefused
from orr.lib.sentence import say
from orr.sources.source import Source

Connection = psycopg.Connection[tuple[Any, ...]]


@contextmanager
def connect(source: Source) -> Iterator[Connection]:
    """A session as the source's login: read only, every statement within the source's timeout.

    Raises EgressRefused, EgressFailed and Unavailable (the secret is not there).
    """
    source.usable()
    with _opened(source) as connection:
        yield connection


def _opened(source: Source) -> Connection:
    milliseconds = int(source.timeout * 1000)
    options = f"-c default_transaction_read_only=on -c statement_timeout={milliseconds}"
    parts = _parts(source)
    try:
        # Ours come after the address's own.
        ours = {
            "password": source.secret or parts.get("password"),
            "connect_timeout": max(2, int(source.timeout)),
            "options": options,
            "application_name": "plura-orr",
            "tcp_user_timeout": milliseconds,
        }
        return psycopg.connect(**{**parts, **ours}, autocommit=True)
    except psycopg.OperationalError as error:
        why = str(error).strip().splitlines()[-1][:200]
        raise EgressFailed(
            "connect", say("%(name)s lets nobody in: %(why)s", name=source.name, why=why)
        ) from error


def _parts(source: Source) -> dict[str, Any]:
    """Connection parameters, the checked address in `hostaddr`; a local socket only if internal."""
    try:
        parts: dict[str, Any] = dict(conninfo_to_dict(source.url))
    except psycopg.ProgrammingError as error:
        raise EgressRefused(say("The address of %(name)s is no PostgreSQL URL.", name=source.name)) from error
    host = str(parts.get("host") or "")
    # Several hosts, an address of their own or a service file would each go past the check.
    if not host or "," in host or {"hostaddr", "service", "options", "passfile"} & parts.keys():
        raise EgressRefused(
            say("The address of %(name)s has to name one host, and only that.", name=source.name)
        )
    if host.startswith("/"):
        if not source.internal:
            raise EgressRefused(
                say("%(name)s is a local socket; it has to say internal = true.", name=source.name)
            )
        return parts
    parts["hostaddr"] = egress.check_host(host.lower(), allow=source.allow)[0]
    return parts
