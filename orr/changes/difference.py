"""What changed from one change set to another: items with their versions and keys, fields (pure)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Body = Mapping[str, Any]
Path = tuple[str, ...]


class Kind(StrEnum):
    """What became of an item."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True)
class Part:
    """One place that differs: its path (``to.version``), and both values as text; None where it is absent."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Item:
    """One item that differs; `parts` is empty where it was added or removed as a whole."""

    what: Kind
    kind: str
    name: str
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Difference:
    """All that differs; false where nothing does."""

    items: tuple[Item, ...]
    fields: tuple[Part, ...]

    def __bool__(self) -> bool:
        return bool(self.items or self.fields)


def between(before: Body, after: Body) -> Difference:
    """What changed from `before` to `after`; an item is the same one by kind and name, in any order."""
    old, new = _by_name(before), _by_name(after)
    items = [
        *(Item(Kind.REMOVED, *key) for key in old if key not in new),
        *(Item(Kind.ADDED, *key) for key in new if key not in old),
        *(
            Item(Kind.CHANGED, *key, _parts(old[key], new[key]))
            for key in new
            if key in old and _parts(old[key], new[key])
        ),
    ]
    return Difference(tuple(items), _parts(_around(before), _around(after)))


def shared(one: Body, other: Body) -> list[str]:
    """What both change, by kind and target, sorted; by kind and name where either states no target."""
    pairs = ((a, b) for a in one["items"] for b in other["items"] if a["kind"] == b["kind"])
    return sorted({f"{a['kind']} {a.get('target') or a['name']}" for a, b in pairs if _same_target(a, b)})


def _same_target(one: Body, other: Body) -> bool:
    if one.get("target") and other.get("target"):
        return bool(one["target"] == other["target"])
    return bool(one["name"] == other["name"])


def _by_name(body: Body) -> dict[tuple[str, str], Body]:
    return {(item["kind"], item["name"]): item for item in body["items"]}


def _around(body: Body) -> Body:
    return {name: value for name, value in body.items() if name != "items"}


def _parts(before: Body, after: Body) -> tuple[Part, ...]:
    old, new = dict(_leaves(before)), dict(_leaves(after))
    paths = [*old, *(path for path in new if path not in old)]
    return tuple(
        Part(".".join(path), old.get(path), new.get(path))
        for path in sorted(paths)
        if old.get(path) != new.get(path)
    )


def _leaves(value: Body, path: Path = ()) -> list[tuple[Path, str]]:
    """Every value that is no object, by its path; a list counts as one value, and what is empty as absent."""
    found: list[tuple[Path, str]] = []
    for name, one in value.items():
        here = (*path, str(name))
        if isinstance(one, Mapping):
            found += _leaves(one, here)
        elif one not in (None, "", []):
            found.append((here, _text(one)))
    return found


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
