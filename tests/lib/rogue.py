"""A TCP server on loopback that answers as badly as it is told to; it counts who connected."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Behaviour = Callable[[socket.socket, bytes], None]


@dataclass
class Rogue:
    """Where it listens and what it saw."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    connects: int = 0
    sni: list[str | None] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(behave: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[Rogue]:
    """Run until the block ends; `behave(connection, request_head)` answers each connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    rogue = Rogue(listener.getsockname()[1])
    if tls:
        tls.sni_callback = lambda _sock, name, _context: rogue.sni.append(name)

    def one(raw: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection = tls.wrap_socket(raw, server_side=True) if tls else raw
            with connection:
                connection.settimeout(10)
                head = b""
                while b"\r\n\r\n" not in head:
                    more = connection.recv(65536)
                    if not more:
                        return
                    head += more
                rogue.requests.append(head)
                behave(connection, head)

    def accept() -> None:
        while True:
            try:
                raw, _ = listener.accept()
            except OSError:
                return
            rogue.connects += 1
            threading.Thread(target=one, args=(raw,), daemon=True).start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield rogue
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join(5)


def answering(body: bytes, status: str = "200 OK", headers: str = "") -> Behaviour:
    """A proper answer."""
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{headers}\r\n"
    return lambda connection, _request: connection.sendall(head.encode() + body)
