"""Foreign JSON and YAML, read within bounds: size and depth first, then what it says (pure)."""

import json
from typing import Any

import yaml

from orr.lib.errors import OrrError
from orr.lib.sentence import say

DEEPEST = 32
MOST_NODES = 20_000
# YAML 1.1 reads 1:59:59… as one number, digit by digit.
LONGEST_SCALAR = 20_000
# The parser of libyaml where it is there: the same answers, ten times as fast.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_OPEN = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_CLOSE = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


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


def yaml_of(text: str) -> list[Any]:
    """The YAML documents: no name twice, no alias, not too deep or many. Raises Unreadable.

    The events are looked at before anything is built of them: an alias is how a few bytes become gigabytes.
    """
    try:
        _look_over(text)
        return [_constructed(node) for node in yaml.compose_all(text, Loader=_LOADER)]
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise Unreadable(say("It is no YAML that means one thing.")) from error


def _look_over(text: str) -> None:
    depth = nodes = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.AliasEvent):
            raise Unreadable(say("It repeats a part by an alias, which is not read here."))
        if isinstance(event, yaml.ScalarEvent) and len(event.value) > LONGEST_SCALAR:
            raise Unreadable(say("A text in it is longer than %(n)s characters.", n=LONGEST_SCALAR))
        nodes += isinstance(event, yaml.NodeEvent)
        depth += isinstance(event, _OPEN) - isinstance(event, _CLOSE)
        if depth > DEEPEST:
            raise Unreadable(say("It is nested too deep."))
        if nodes > MOST_NODES:
            raise Unreadable(say("It has more than %(n)s parts.", n=MOST_NODES))


def _constructed(node: yaml.Node) -> Any:
    _check_names(node)
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _check_names(top: yaml.Node) -> None:
    stack = [top]
    while stack:
        node = stack.pop()
        if isinstance(node, yaml.MappingNode):
            names = [(key.tag, key.value) for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            if len(set(names)) != len(node.value):
                raise ValueError("a name stands twice in one mapping, or is none")
            stack.extend(value for _, value in node.value)
        elif isinstance(node, yaml.SequenceNode):
            stack.extend(node.value)


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
