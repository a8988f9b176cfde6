"""Which profiles a change set asks for by itself: by its items' kinds, version steps, and its time (pure)."""

import re
from collections.abc import Mapping
from typing import Any

STANDARD = "standard"
PEAK_FREEZE = "peak-freeze"
BY_KIND = {
    "schema": "schema-change",
    "index": "schema-change",
    "topic": "schema-change",
    "model": "model-update",
    "rule": "model-update",
    "key": "key-change",
    "tenant": "new-tenant",
}
_VERSION = re.compile(r"^[vV]?(\d+)(?:\.\d+)*")
# The last reviewed version of an item, by its kind and name.
Reviewed = Mapping[tuple[str, str], str]


def profiles_for(
    change_set: Mapping[str, Any], reviewed: Reviewed | None = None, *, busy: bool = False
) -> list[str]:
    """Names of the profiles that fit, in a fixed order; `standard` where none does.

    `busy`: whether the calendar has a peak or a freeze in or around the planned time. Rebalancing cannot be
    read off items yet; it is asked for by name.
    """
    return triggered(change_set, reviewed, busy=busy) or [STANDARD]


def with_named(
    name: str, change_set: Mapping[str, Any], reviewed: Reviewed | None = None, *, busy: bool = False
) -> list[str]:
    """The profile that a caller named, and every one that the change set asks for by itself.

    Naming a lighter one so leaves nothing out; only the fallback to `standard` gives way to a name.
    """
    return [name, *(other for other in triggered(change_set, reviewed, busy=busy) if other != name)]


def triggered(
    change_set: Mapping[str, Any], reviewed: Reviewed | None = None, *, busy: bool = False
) -> list[str]:
    """Names of the profiles that the change set's items and time ask for, in a fixed order.

    `reviewed`: a step counts from the version that was reviewed last, too: small ones add up.
    """
    names = {BY_KIND[item["kind"]] for item in change_set["items"] if item["kind"] in BY_KIND}
    if any(major_step(item, reviewed) for item in change_set["items"]):
        names.add("major-release")
    if busy:
        names.add(PEAK_FREEZE)
    return sorted(names)


def major_step(item: Mapping[str, Any], reviewed: Reviewed | None = None) -> bool:
    """Whether an image or artefact moves its first version number (semver.org, item 8)."""
    if item["kind"] not in ("image", "artifact"):
        return False
    befores = [(item.get("from") or {}).get("version"), (reviewed or {}).get((item["kind"], item["name"]))]
    after = _VERSION.match(item["to"]["version"])
    found = [_VERSION.match(before) for before in befores if before]
    return after is not None and any(one and one.group(1) != after.group(1) for one in found)
