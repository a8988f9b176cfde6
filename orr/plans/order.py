"""Who waits for whom: phases order the keys of one service or target, `after` orders any two (pure)."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

Waits = dict[str, set[str]]
_PARTS = re.compile(r"[/:._\-@]+")


def service_of(text: str, service_ids: Iterable[str]) -> str | None:
    """The longest service id whose parts stand side by side in `text` (a target or a name)."""
    words = _PARTS.split(text)
    for service in sorted(service_ids, key=len, reverse=True):
        parts = _PARTS.split(service)
        if any(words[i : i + len(parts)] == parts for i in range(len(words))):
            return service
    return None


def cycle_of(waits: Mapping[str, Iterable[str]]) -> list[str] | None:
    """The names along one circle of waiting, or None."""
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return None


def by_phase(phases: Mapping[str, int], groups: Mapping[str, Sequence[str]]) -> Waits:
    """Each key waits for the keys of the nearest earlier phase in each of its groups.

    `groups`: name of a service or target → names of its keys. The nearest waits for what is earlier still.
    """
    waits: Waits = defaultdict(set)
    for members in groups.values():
        levels: dict[int, set[str]] = defaultdict(set)
        for name in members:
            levels[phases[name]].add(name)
        earlier: set[str] = set()
        for _, names in sorted(levels.items()):
            for name in names:
                waits[name] |= earlier
            earlier = names
    return waits


def joined(explicit: Waits, default: Waits) -> Waits:
    """Both orders together; where the default would close a circle, what was said explicitly wins."""
    both = {name: explicit.get(name, set()) | default.get(name, set()) for name in {*explicit, *default}}
    if cycle_of(both) is None:
        return both
    kept: Waits = {name: set(names) for name, names in explicit.items()}
    for name in sorted(default):
        for other in sorted(default[name] - kept.get(name, set())):
            if not _reaches(kept, other, name):
                kept.setdefault(name, set()).add(other)
    return kept


def _reaches(waits: Waits, start: str, goal: str) -> bool:
    seen, open_ = {start}, [start]
    while open_:
        name = open_.pop()
        if name == goal:
            return True
        fresh = waits.get(name, set()) - seen
        seen |= fresh
        open_.extend(fresh)
    return False
