"""A stub of a forge's API on loopback: keeps every call, answers as it is told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Call:
    """One request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Platform:
    """What was called, and the statuses to answer the next POSTs with before all is well again.

    `deaf`: it does what it is told, and the connection breaks before it says so.
    """

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    deaf: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def posts(self) -> list[Call]:
        """The calls that told it something; tokens of an App are none."""
        return [call for call in self.calls if call.method == "POST" and "access_tokens" not in call.path]


@contextmanager
def running(platform: Platform) -> Iterator[Platform]:
    """Serve the stub until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(platform))
    server.daemon_threads = True
    server.block_on_close = False
    platform.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(platform: Platform) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            self._keep(b"")
            if self.path.endswith("/approvals"):
                shown: Any = [
                    {
                        "state": one["state"],
                        "comment": one["comment"],
                        "environments": [{"name": one["environment_name"]}],
                    }
                    for one in platform.told
                ]
            else:
                shown = {"id": 15, "approvals": platform.told}
            self._answer(200, shown)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            said = self._keep(body)
            if self.path.endswith("/access_tokens"):
                self._answer(201, {"token": "ghs_of_the_installation", "expires_at": "2031-01-01T00:00:00Z"})
                return
            status = platform.statuses.pop(0) if platform.statuses else 204
            if status < 300:
                platform.told.append(said)
            if platform.deaf:
                self.close_connection = True
                self.connection.close()
                return
            self._answer(status, None if status == 204 else {"message": "no"})

        def _keep(self, body: bytes) -> Any:
            said = json.loads(body) if body else None
            with platform.lock:
                platform.calls.append(Call(self.command, self.path, dict(self.headers), said))
            return said

        def _answer(self, status: int, body: Any) -> None:
            data = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    return Handler
