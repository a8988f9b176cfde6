"""From a URL to the one address that may be connected to, or a refusal, before any connection."""

import re
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from orr.lib import addresses
from orr.lib.errors import OrrError
from orr.lib.sentence import Sentence, say

Resolve = Callable[[str], Sequence[str]]
RESOLVE_SECONDS = 5.0

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<rest>.*)", re.DOTALL)
_AUTHORITY = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::(?P<port>[0-9]{1,5}))?")
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_CANONICAL_V4 = re.compile(r"(?:(?:0|[1-9][0-9]{0,2})\.){3}(?:0|[1-9][0-9]{0,2})")
_PORTS = {"http": 80, "https": 443}


class EgressRefused(OrrError):
    """The address may not be called; nothing was sent."""

    status = 422
    slug = "egress-refused"


@dataclass(frozen=True)
class Allow:
    """What may be called beyond public addresses: the organisation's own ranges, if `internal`."""

    internal: bool = False


PUBLIC = Allow()
INTERNAL = Allow(internal=True)


@dataclass(frozen=True)
class Target:
    """A checked URL: `addresses` are all allowed, a connection goes to one of them and nowhere else."""

    url: str
    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]

    @property
    def origin(self) -> str:
        """``scheme://host:port``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def check(url: str, *, resolve: Resolve | None = None, allow: Allow = PUBLIC) -> Target:
    """The target of an http or https URL. Raises EgressRefused; opens no connection.

    `resolve(host)` gives every address of a name; one address that is not allowed refuses the name.
    """
    parts = _URL.fullmatch(url)
    if parts is None or any(ord(c) <= 0x20 or ord(c) >= 0x7F or c == "\\" for c in url):
        raise _refused(say("This is no plain URL."))
    scheme = parts["scheme"].lower()
    if scheme not in _PORTS:
        raise _refused(say("Only http and https are called."))
    host, port = _split(parts["authority"], _PORTS[scheme])
    path = (parts["rest"] or "/").split("#", 1)[0]
    return Target(
        url=url,
        scheme=scheme,
        host=host,
        port=port,
        path=path if path.startswith("/") else "/" + path,
        addresses=check_host(host, resolve=resolve, allow=allow),
    )


def check_host(host: str, *, resolve: Resolve | None = None, allow: Allow = PUBLIC) -> tuple[str, ...]:
    """Every address of the host, all of them allowed. Raises EgressRefused."""
    literal = _literal(host)
    found = [literal] if literal is not None else _addresses_of(host, resolve or resolve_by_system)
    for address in found:
        if not addresses.is_allowed(address, internal=allow.internal):
            raise _refused(_why(host, address))
    return tuple(str(address) for address in found)


def resolve_by_system(host: str) -> list[str]:
    """Every address the system's resolver gives, within 5 s."""
    answers: list[str] = []

    def ask() -> None:
        try:
            for *_, sockaddr in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM):
                answers.append(str(sockaddr[0]))
        except OSError:
            answers.clear()

    # getaddrinfo knows no deadline, so that a dead resolver must not hold the caller.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(RESOLVE_SECONDS)
    return [] if asking.is_alive() else list(dict.fromkeys(answers))


def _split(authority: str, default_port: int) -> tuple[str, int]:
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise _refused(say("The host part of the URL is not plain: user information or other characters."))
    port = int(parts["port"]) if parts["port"] else default_port
    if not 1 <= port <= 65535:
        raise _refused(say("There is no port %(port)s.", port=port))
    return (parts["v6"] or parts["name"]).lower(), port


def _literal(host: str) -> addresses.Address | None:
    """The address that the host spells, None for a name; other number bases and short forms are refused."""
    if ":" in host or _CANONICAL_V4.fullmatch(host):
        try:
            return addresses.parse(host)
        except ValueError as error:
            raise _refused(say("%(host)s is no address.", host=host)) from error
    labels = host.removesuffix(".").split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _refused(say("%(host)s is no host name.", host=host[:80]))
    if _NUMBER.fullmatch(labels[-1]):
        raise _refused(say("%(host)s spells an address in a way that programs read differently.", host=host))
    return None


def _addresses_of(host: str, resolve: Resolve) -> list[addresses.Address]:
    try:
        found = [addresses.parse(text) for text in resolve(host)]
    except ValueError as error:
        raise _refused(say("The name %(host)s has no address that may be called.", host=host)) from error
    if not found:
        raise _refused(say("The name %(host)s has no address.", host=host))
    return found


def _why(host: str, address: addresses.Address) -> Sentence:
    if addresses.is_internal(address):
        return say(
            "%(host)s is inside the network (%(address)s); a source there has to say internal = true.",
            host=host,
            address=str(address),
        )
    return say(
        "%(host)s has the address %(address)s, which is never called.", host=host, address=str(address)
    )


def _refused(why: Sentence) -> EgressRefused:
    return EgressRefused(say("The address was not called: %(why)s", why=why))
