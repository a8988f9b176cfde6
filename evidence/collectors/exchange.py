"""Asking one source over HTTP within one deadline; each failure is an error of the contract."""

import json
import time
from dataclasses import dataclass, field
from typing import Any

from evidence.contract import Denied, Malformed, Unavailable
from orr.lib.canonical import sha256_hex
from orr.lib.egress import Answer, EgressRefused
from orr.lib.errors import OrrError
from orr.lib.sentence import Sentence, say
from orr.sources.source import Source

MAX_BYTES = 2 * 1024 * 1024
# What is kept of an answer that is none.
KEPT = 100_000


@dataclass
class Exchange:
    """Questions to one source; it keeps every question and its answer as they were.

    `max_bytes` is the size of the next answer at most.
    """

    source: Source
    max_bytes: int = MAX_BYTES
    told: list[tuple[str, bytes]] = field(default_factory=list)
    ends: float = field(init=False)

    def __post_init__(self) -> None:
        self.ends = time.monotonic() + self.source.timeout

    def document(
        self, method: str, path: str, body: Any = None, *, answers: tuple[int, ...] = (200,)
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON object of an answer. Raises Unavailable, Denied; Malformed for anything else."""
        status, found = self._json(method, path, body, answers)
        if not isinstance(found, dict):
            raise self.malformed(say("%(name)s sent JSON of another form.", name=self.source.name))
        return status, found

    def value(self, method: str, path: str) -> Any:
        """The JSON of an answer, whatever it is. Raises Unavailable, Denied, Malformed."""
        return self._json(method, path, None, (200,))[1]

    def _json(self, method: str, path: str, body: Any, answers: tuple[int, ...]) -> tuple[int, Any]:
        answer = self._ask(method, path, body, answers)
        query = _asked(method, path, _content(body))
        try:
            found = json.loads(answer.body, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            why = say("%(name)s sent no JSON.", name=self.source.name)
            raise Malformed(why, raw=answer.body[:KEPT], query=query) from error
        self.told.append((query, answer.body))
        return answer.status, found

    def text(self, path: str) -> bytes:
        """A file as it is; it is kept as one JSON string. Raises Unavailable, Denied."""
        body = self._ask("GET", path).body
        self.told.append((f"GET {path}", json.dumps(body.decode("utf-8", "replace")).encode()))
        return body

    def page(self, path: str, others: tuple[int, ...] = ()) -> Answer:
        """A page, of which not the words are kept but what it was. Raises Unavailable, Denied.

        `others`: statuses beside 200 that are answers too.
        """
        answer = self._ask("GET", path, answers=(200, *others))
        kept = {
            "status": answer.status,
            "last_modified": answer.headers.get("last-modified"),
            "bytes": len(answer.body),
            "sha256": sha256_hex(answer.body),
        }
        self.told.append((f"GET {path}", json.dumps(kept).encode()))
        return answer

    @property
    def queries(self) -> str:
        """Every question, one a line."""
        return "\n".join(query for query, _ in self.told)

    @property
    def raw(self) -> bytes:
        """One JSON document with every question and its answer, the answers byte for byte."""
        return b'{"answers":[%s]}' % self.answers

    @property
    def answers(self) -> bytes:
        """The questions and answers of that document, with commas between them."""
        parts = [b'{"query":%s,"answer":%s}' % (json.dumps(q).encode(), body) for q, body in self.told]
        return b",".join(parts)

    def malformed(self, why: Sentence) -> Malformed:
        """The error that says so, with everything that was asked and answered."""
        return Malformed(why, raw=self.raw, query=self.queries)

    def _ask(self, method: str, path: str, body: Any = None, answers: tuple[int, ...] = (200,)) -> Answer:
        """What the source answers, with one of the expected statuses."""
        content = _content(body)
        query = _asked(method, path, content)
        answer = self._fetch(method, path, query, content)
        if answer.status not in answers:
            words: dict[str, str | int] = {"name": self.source.name, "status": answer.status}
            why = say("%(name)s answered HTTP %(status)s.", **words)
            raise Unavailable(why, raw=answer.body[:KEPT], query=query)
        return answer

    def _fetch(self, method: str, path: str, query: str, content: bytes = b"") -> Answer:
        """What the source answers to the question, which errors name as `query`, to whom it lets in."""
        headers = {"Content-Type": "application/json"} if content else {}
        left = max(0.001, self.ends - time.monotonic())
        try:
            answer = self.source.fetch(
                method, path, headers=headers, content=content, timeout=left, max_bytes=self.max_bytes
            )
        except EgressRefused as error:
            raise Denied(error.sentence, query=query) from error
        except OrrError as error:
            raise Unavailable(error.sentence, query=query) from error
        if answer.status in (401, 403):
            words: dict[str, str | int] = {"name": self.source.name, "status": answer.status}
            raise Denied(say("%(name)s lets us not in (HTTP %(status)s).", **words), query=query)
        return answer


def _content(body: Any) -> bytes:
    return b"" if body is None else json.dumps(body, ensure_ascii=False).encode()


def _asked(method: str, path: str, content: bytes) -> str:
    """A question as it is kept and shown: ``POST /path {…}``."""
    return f"{method} {path} {content.decode()}".rstrip()


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON")
