"""The product's API, called with a token as any pipeline would."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx


class Refused(Exception):
    """The API answered with a problem document: its status, what it says, and every reason."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        reasons = [str(reason) for reason in problem.get("reasons", [])]
        errors = [f"{error['pointer']}: {error['detail']}" for error in problem.get("errors", [])]
        said = str(problem.get("detail") or problem.get("title") or "")
        super().__init__("; ".join(dict.fromkeys([f"{status} {said}".strip(), *reasons, *errors])))
        self.status = status


@dataclass(frozen=True)
class Site:
    """`base` is the site's address, like http://localhost:8000."""

    base: str
    token: str = field(repr=False)
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60), repr=False, compare=False)

    def get(self, path: str, **query: str) -> Any:
        """The JSON answer. Raises Refused, or httpx's errors when the site is away."""
        return self._answer(self.http.get(self.base + path, params=query, headers=self._headers()))

    def post(self, path: str, body: Mapping[str, Any], key: str | None = None) -> Any:
        """POST with an idempotency key: the given one, or one of its own."""
        headers = {**self._headers(), "Idempotency-Key": key or uuid4().hex}
        return self._answer(self.http.post(self.base + path, json=body, headers=headers))

    def keep(self, data: bytes) -> None:
        """Send a file that a change set names."""
        headers = {**self._headers(), "Content-Type": "application/octet-stream"}
        self._answer(self.http.post(f"{self.base}/v1/orr/files", content=data, headers=headers))

    def checklist(self, code: str) -> Any:
        return self.get("/v1/orr/checklist", id=code)

    def reviews(self, *states: str) -> list[dict[str, Any]]:
        """The latest hundred reviews of each of these states, as the list shows them."""
        found: list[dict[str, Any]] = []
        for state in states:
            found += self.get("/v1/orr", state=state, limit="100")["reviews"]
        return found

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Accept-Language": "en"}

    def _answer(self, answer: httpx.Response) -> Any:
        try:
            body = answer.json() if answer.content else {}
        except json.JSONDecodeError:
            body = {"detail": answer.text[:200]}
        if answer.status_code >= 400:
            raise Refused(answer.status_code, body if isinstance(body, dict) else {})
        return body
