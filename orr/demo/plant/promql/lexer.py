"""Cut a PromQL text into tokens."""

import re
from dataclasses import dataclass


class QueryError(ValueError):
    """The query isn't in the part of PromQL that is answered here."""


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    at: int


_TOKENS = re.compile(
    r"""
    (?P<space>\s+|\#[^\n]*)
  | (?P<duration>(?:\d+(?:ms|[smhdwy]))+)(?![\w.])
  | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![\w.])
  | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<name>[A-Za-z_:][\w:]*)
  | (?P<op>=~|!~|!=|==|<=|>=|[-+*/%^<>=(){}\[\],])
    """,
    re.VERBOSE,
)
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800, "y": 31_536_000}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


def tokens(query: str) -> list[Token]:
    """The tokens of `query`, ended by one of kind `end`; raises QueryError at the first unknown character."""
    found: list[Token] = []
    at = 0
    while at < len(query):
        match = _TOKENS.match(query, at)
        if match is None:
            raise QueryError(f"unexpected character {query[at]!r} at {at}")
        kind = str(match.lastgroup)
        if kind != "space":
            found.append(Token(kind, match.group(), at))
        at = match.end()
    found.append(Token("end", "", at))
    return found


def milliseconds(duration: str) -> int:
    """`1h30m` as milliseconds."""
    parts = re.findall(r"(\d+)(ms|[smhdwy])", duration)
    return round(1000 * sum(int(count) * _SECONDS[unit] for count, unit in parts))


def unquote(literal: str) -> str:
    """The characters that a quoted PromQL string stands for."""
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m.group(1), m.group(1)), literal[1:-1])
