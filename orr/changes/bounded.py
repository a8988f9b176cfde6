"""Foreign JSON, read within bounds: size and depth are looked at before anything is made of it (pure)."""

import json
from typing import Any

from orr.lib.errors import OrrError
from orr.lib.sentence import say

DEEPEST = 32


class Unreadable(OrrError):
    """The bytes are not what their name says, or more than a reader should be made to read."""


def text_of(data: bytes, most: int) -> str:
    """The UTF-8 text, without a byte order mark. Raises Unreadable."""
    if len(data) > most:
        raise Unreadable(say("It is larger than %(n)s bytes.", n=most))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(say("It is no UTF-8 text.")) from error
    if "\x00" in text:
        raise Unreadable(say("It is no UTF-8 text."))
    return text


def json_of(text: str) -> Any:
    """The JSON value: no name twice, no NaN, not too deep. Raises Unreadable."""
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Unreadable(say("It is no JSON that means one thing.")) from error
    check_depth(value)
    return value


def check_depth(value: Any) -> None:
    """Raise Unreadable for what is nested deeper than DEEPEST."""
    stack = [(value, 1)]
    while stack:
        part, depth = stack.pop()
        if depth > DEEPEST:
            raise Unreadable(say("It is nested too deep."))
        inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
        stack.extend((one, depth + 1) for one in inner)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return names


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
