"""One HTTP exchange with one checked address: total deadline, size cap, no redirects, no proxies."""

import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import httpcore

from orr.lib.egress_target import Target
from orr.lib.errors import Unavailable
from orr.lib.sentence import Sentence, say

_LOADING = threading.Lock()


class EgressFailed(Unavailable):
    """The call was allowed and did not give a usable answer; `kind` says how it failed.

    `kind` is one of timeout, connect, reset, tls, truncated, too_large, encoded.
    """

    def __init__(self, kind: str, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.kind = kind


@dataclass(frozen=True)
class Answer:
    """What came back: header names are lower case, repeated ones joined by a comma."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


@dataclass(frozen=True)
class Limits:
    """How long a call may take (seconds, `already` of them spent), how large its answer may be (bytes)."""

    seconds: float
    max_bytes: int
    already: float = 0.0


def exchange(
    target: Target,
    method: str,
    headers: Mapping[str, str],
    content: bytes,
    limits: Limits,
    verify: ssl.SSLContext | None = None,
) -> Answer:
    """Send one request to the target's checked address. Raises EgressFailed."""
    deadline = time.monotonic() + limits.seconds - limits.already
    failed = _Failures(target.host, limits)
    origin = httpcore.Origin(target.scheme.encode(), target.host.encode(), target.port)
    try:
        with httpcore.HTTPConnection(
            origin, ssl_context=_tls(target, verify), network_backend=_Pinned(target, deadline)
        ) as connection:
            request = [*_headers(target, headers, content)]
            timeout = dict.fromkeys(("connect", "read", "write", "pool"), limits.seconds)
            with connection.stream(
                method, f"{target.origin}{target.path}", headers=request, content=content,
                extensions={"timeout": timeout},
            ) as response:  # fmt: skip
                return _read(target, response, limits)
    except httpcore.TimeoutException as error:
        raise failed.timeout() from error
    except httpcore.ConnectError as error:
        raise failed.connect(error) from error
    except (httpcore.ReadError, httpcore.WriteError) as error:
        raise failed.reset() from error
    except httpcore.ProtocolError as error:
        raise failed.truncated() from error


def _tls(target: Target, verify: ssl.SSLContext | None) -> ssl.SSLContext | None:
    if target.scheme == "http":
        return None
    # Loading the authorities costs 10 ms and more: once, not once in each of many threads.
    with _LOADING:
        return verify or _authorities()


@lru_cache(maxsize=1)
def _authorities() -> ssl.SSLContext:
    return ssl.create_default_context()


def _headers(target: Target, headers: Mapping[str, str], content: bytes) -> Iterable[tuple[str, str]]:
    host = f"[{target.host}]" if ":" in target.host else target.host
    default = target.port == {"http": 80, "https": 443}[target.scheme]
    yield "Host", host if default else f"{host}:{target.port}"
    # A compressed answer could grow behind the size cap, so none is asked for and none is taken.
    yield "Accept-Encoding", "identity"
    yield "User-Agent", "plura-orr"
    if content:
        yield "Content-Length", str(len(content))
    yield from headers.items()


def _read(target: Target, response: httpcore.Response, limits: Limits) -> Answer:
    headers: dict[str, str] = {}
    for name, value in response.headers:
        key = name.decode("latin-1").lower()
        text = value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise EgressFailed("encoded", say("%(host)s answered compressed, unasked.", host=target.host))
    too_large = EgressFailed(
        "too_large",
        say(
            "%(host)s answered more than %(n)s bytes; the rest was not read.",
            host=target.host,
            n=limits.max_bytes,
        ),
    )
    stated = headers.get("content-length", "")
    if stated.isdigit() and int(stated) > limits.max_bytes and response.status != 304:
        raise too_large
    body = bytearray()
    for chunk in response.iter_stream():
        body += chunk
        if len(body) > limits.max_bytes:
            raise too_large
    return Answer(response.status, headers, bytes(body), target.url)


class _Pinned(httpcore.NetworkBackend):
    """Connects to the checked addresses whatever name it is given; no second look-up, so no rebinding."""

    def __init__(self, target: Target, deadline: float) -> None:
        self._target = target
        self._deadline = deadline
        self._system = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        last: Exception = httpcore.ConnectError("no address")
        for address in self._target.addresses:
            try:
                left = _left(self._deadline, httpcore.ConnectTimeout)
                stream = self._system.connect_tcp(address, port, timeout=left)
                return _Deadlined(stream, self._deadline)
            except httpcore.ConnectError as error:
                last = error
        raise last


class _Deadlined(httpcore.NetworkStream):
    """A stream whose reads and writes share one deadline: a drip of bytes does not extend it."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, timeout=_left(self._deadline, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout=_left(self._deadline, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(self, ssl_context: ssl.SSLContext, server_hostname: str | None = None,
                  timeout: float | None = None) -> httpcore.NetworkStream:  # fmt: skip
        left = _left(self._deadline, httpcore.ConnectTimeout)
        return _Deadlined(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: float, over: type[httpcore.TimeoutException]) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise over("deadline")
    return left


class _Failures:
    """The sentence of each way to fail, worded once."""

    def __init__(self, host: str, limits: Limits) -> None:
        self.host = host
        self.limits = limits

    def timeout(self) -> EgressFailed:
        seconds = round(self.limits.seconds, 1)
        return EgressFailed(
            "timeout", say("%(host)s did not answer within %(n)s seconds.", host=self.host, n=seconds)
        )

    def connect(self, error: Exception) -> EgressFailed:
        if isinstance(error.__cause__, ssl.SSLError) or isinstance(error.__context__, ssl.SSLError):
            why = getattr(error.__cause__ or error.__context__, "verify_message", "") or "TLS"
            return EgressFailed(
                "tls", say("%(host)s showed no valid certificate (%(why)s).", host=self.host, why=str(why))
            )
        return EgressFailed("connect", say("%(host)s cannot be reached.", host=self.host))

    def reset(self) -> EgressFailed:
        return EgressFailed("reset", say("%(host)s broke the connection off.", host=self.host))

    def truncated(self) -> EgressFailed:
        return EgressFailed(
            "truncated", say("%(host)s broke off in its answer, or sent no HTTP.", host=self.host)
        )
