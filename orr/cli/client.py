"""Talks to the server: token, retries that cannot act twice, and refusals as they were worded."""

import os
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import click
import httpx

DEFAULT_URL: Final = "http://localhost:8000"
TIMEOUT: Final = httpx.Timeout(40.0, connect=5.0)
WAITS: Final = (0.5, 1.0, 2.0)
PASSING: Final = frozenset({429, 502, 503, 504})
LONGEST_WAIT: Final = 10.0


class Refused(Exception):
    """The server refused, and said why in a problem document."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(problem.get("detail") or problem.get("title") or f"HTTP {status}")
        self.status = status
        self.problem = problem


class Away(Exception):
    """The server did not answer."""


@dataclass(frozen=True)
class Server:
    """One server and the token to show it."""

    url: str
    token: str = field(repr=False)

    @classmethod
    def from_environment(cls) -> "Server":
        """By PLURA_URL and PLURA_TOKEN. Raises UsageError where they cannot be used."""
        url = os.environ.get("PLURA_URL", DEFAULT_URL).rstrip("/")
        token = os.environ.get("PLURA_TOKEN", "").strip()
        if not url.startswith(("http://", "https://")):
            raise click.UsageError("PLURA_URL is not an address that begins with http:// or https://.")
        if not token:
            raise click.UsageError(
                "PLURA_TOKEN is not set. An administrator makes a token on the server:"
                " python3 manage.py token USER --scope orr:write"
            )
        if not token.isascii() or not token.isprintable():
            raise click.UsageError("PLURA_TOKEN holds characters that no token has.")
        return cls(url, token)

    def get(self, path: str, **query: Any) -> Any:
        """The JSON answer. Raises Refused or Away."""
        return self._json(self._send("GET", path, params=query))

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The JSON answer; the act happens once, however often it is sent. Raises Refused or Away."""
        return self._json(self._send("POST", path, json=body, headers={"Idempotency-Key": str(uuid.uuid4())}))

    def download(self, path: str, **query: Any) -> tuple[bytes, str]:
        """The bytes and the file name the server gives them. Raises Refused or Away."""
        answer = self._send("GET", path, params=query)
        stated = answer.headers.get("Content-Disposition", "")
        return answer.content, stated.partition('filename="')[2].rstrip('"')

    def _send(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **said: Any
    ) -> httpx.Response:
        shown = {"Authorization": f"Bearer {self.token}", "Accept-Language": "en", **(headers or {})}
        for wait in (*WAITS, None):
            try:
                answer = httpx.request(method, self.url + path, headers=shown, timeout=TIMEOUT, **said)
            except httpx.InvalidURL as error:
                raise click.UsageError("PLURA_URL is not an address.") from error
            except httpx.TransportError as error:
                if wait is None:
                    raise Away(f"{self.url} does not answer ({type(error).__name__}).") from error
                time.sleep(wait)
                continue
            if answer.status_code not in PASSING or wait is None:
                break
            time.sleep(min(LONGEST_WAIT, _seconds(answer.headers.get("Retry-After"), wait)))
        if answer.status_code >= 300:
            raise Refused(answer.status_code, _problem(answer))
        return answer

    def _json(self, answer: httpx.Response) -> Any:
        try:
            return answer.json()
        except ValueError as error:
            raise Away(f"{self.url} answers, but not as this server does.") from error


def _problem(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        problem = answer.json()
    except ValueError:
        problem = None
    if isinstance(problem, dict):
        return problem
    return {
        "title": f"HTTP {answer.status_code}",
        "status": answer.status_code,
        "detail": "The server gave no reason.",
    }


def _seconds(stated: str | None, otherwise: float) -> float:
    return float(stated) if stated and stated.isdecimal() else otherwise
