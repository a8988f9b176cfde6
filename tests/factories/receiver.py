"""A real receiver of signed webhooks on loopback: holds values, does an order once per idempotency key."""

import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from standardwebhooks import Webhook, WebhookVerificationError

SECRET = "whsec_" + "c2VjcmV0LW9mLXRoZS1wbGFudC0zMi1ieXRlcyEh"


@dataclass
class Receiver:
    """What it holds and was asked. `hang`: targets that never answer; `broken`: statuses to answer first."""

    url: str = ""
    values: dict[str, str] = field(default_factory=dict)
    effects: list[tuple[str, str, str]] = field(default_factory=list)
    posts: list[tuple[str, str]] = field(default_factory=list)
    ids: list[tuple[str, str]] = field(default_factory=list)
    hang: set[str] = field(default_factory=set)
    broken: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    slow: dict[str, float] = field(default_factory=dict)
    deaf: set[str] = field(default_factory=set)
    idempotent: bool = True
    released: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    first_post: threading.Event = field(default_factory=threading.Event)

    def order(self, target: str, desired: str, key: str) -> None:
        """Carry an order out; a key that came before has no effect any more."""
        with self.lock:
            self.posts.append((target, key))
            self.first_post.set()
            if target in self.deaf or (self.idempotent and any(key == done for _, _, done in self.effects)):
                return
            self.effects.append((target, desired, key))
            self.values[target] = desired

    def doubles(self) -> int:
        """How many orders had an effect more than once."""
        keys = [key for _, _, key in self.effects]
        return len(keys) - len(set(keys))


@contextmanager
def running(receiver: Receiver) -> Iterator[Receiver]:
    """Serve the receiver until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(receiver))
    server.daemon_threads = True
    server.block_on_close = False
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def sources_file(path: Path, url: str, **options: object) -> Path:
    """A sources file whose `plant` is the receiver."""
    stated = "".join(f"{name} = {json.dumps(value)}\n" for name, value in options.items())
    path.write_text(
        f'[sources.plant]\nkind = "webhook"\nurl = "{url}"\ninternal = true\nsecret_env = "PLANT_SECRET"\n'
        + (f"[sources.plant.options]\n{stated}" if stated else ""),
        encoding="utf-8",
    )
    return path


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            target = parse_qs(urlsplit(self.path).query).get("target", [""])[0]
            if self._signed(b"") and self._up(target):
                self._answer(200, {"current": receiver.values.get(target, "")})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            if not self._signed(body):
                return
            order = json.loads(body)
            if self._up(order["target"]):
                receiver.order(order["target"], order["desired"], order["idempotency_key"])
                self._answer(202, {})

        def _signed(self, body: bytes) -> bool:
            try:
                Webhook(SECRET).verify(body, dict(self.headers), json_parse=False)
            except WebhookVerificationError:
                self._answer(401, {})
                return False
            receiver.ids.append((self.command, self.headers["webhook-id"]))
            return True

        def _up(self, target: str) -> bool:
            if target in receiver.hang:
                receiver.released.wait(60)
                self.close_connection = True
                return False
            if target in receiver.slow:
                receiver.released.wait(receiver.slow[target])
            if receiver.broken[target]:
                self._answer(receiver.broken[target].pop(0), {})
                return False
            return True

        def _answer(self, status: int, body: dict[str, str]) -> None:
            data = json.dumps(body).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            except OSError:
                self.close_connection = True

    return Handler
