"""Requests, responses and routes of the plant, over the standard library's server."""

import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

_LARGEST = 1_000_000  # bytes of a request's body
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Request:
    """`target` is the path with its query, as it was sent."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @cached_property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @cached_property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def json(self) -> Any:
        """Raises BadRequest when the body isn't JSON."""
        try:
            return json.loads(self.body)
        except ValueError as wrong:
            raise BadRequest("the body is not JSON") from wrong


@dataclass(frozen=True)
class Response:
    status: int
    body: bytes = b""
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


class BadRequest(Exception):
    """The request makes no sense; the text says why."""


Handler = Callable[..., Response]


def json_response(value: Any, status: int = 200) -> Response:
    return Response(status, json.dumps(value).encode())


class Routes:
    """Handlers by method and path; `{name}` takes one segment, `{name:path}` all that follows."""

    def __init__(self) -> None:
        self._routes: list[tuple[str, re.Pattern[str], Handler]] = []

    def add(self, methods: str, path: str, handler: Handler) -> None:
        parts = re.split(r"(\{[a-z:]+\})", path)
        pattern = "".join(_pattern(part) for part in parts)
        for method in methods.split():
            self._routes.append((method, re.compile(pattern), handler))

    def answer(self, request: Request) -> Response:
        known = False
        for method, pattern, handler in self._routes:
            match = pattern.fullmatch(request.path)
            known = known or match is not None
            if match is not None and method == request.method:
                try:
                    return handler(request, **match.groupdict())
                except BadRequest as wrong:
                    return json_response({"error": str(wrong)}, 400)
        return json_response({"error": "no such method" if known else "not found"}, 405 if known else 404)


def _pattern(part: str) -> str:
    if not part.startswith("{"):
        return re.escape(part)
    name, _, rest = part[1:-1].partition(":")
    return f"(?P<{name}>{'.+' if rest else '[^/]+'})"


def server(port: int, routes: Routes) -> ThreadingHTTPServer:
    """A server on loopback, one thread per connection; not yet serving. Port 0 takes a free one."""

    class Front(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if length > _LARGEST:
                self.close_connection = True
                self._send(json_response({"error": "too large"}, 413))
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, self.path, headers, self.rfile.read(length))
            try:
                response = routes.answer(request)
            except Exception:  # the border of the server: one broken request must not end it
                _log.exception("%s %s", self.command, self.path)
                response = json_response({"error": "internal"}, 500)
            self._send(response)

        do_GET = do_HEAD = do_POST = do_PUT = _serve

        def _send(self, response: Response) -> None:
            self.send_response(response.status)
            self.send_header("Content-Type", response.media_type)
            self.send_header("Content-Length", str(len(response.body)))
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(response.body)

        def log_message(self, format: str, *args: Any) -> None:
            _log.debug(format, *args)

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

    return Server(("127.0.0.1", port), Front)
