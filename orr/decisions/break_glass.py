"""Break-glass (pure): without the timelock, and past items that are named one by one; never past red.

Two people sign all the same. What it leaves behind is a debt: a second look, and a root-cause analysis.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orr.decisions.rules import PASSING, RED, Item, Standing, codes
from orr.lib.canonical import sha256_hex
from orr.lib.met import Met, Requirement, Unmet
from orr.lib.sentence import Sentence, say

OPEN = frozenset({"pending", "stale", "error"})
NOT_ALLOWED = say("The profile of this review does not allow break-glass.")


@dataclass(frozen=True)
class Excused:
    """An item that was passed by name: it stands in nobody's way, and it is not called green."""

    code: str
    verdict: str = "not_applicable"
    reason: Sentence | None = None


@dataclass(frozen=True)
class Rest:
    """What is left to be decided by once the named items are passed."""

    items: Sequence[Item]


def beside(standing: Standing, named: Collection[str]) -> Standing:
    """The standing with the named items excused while they are pending, stale or in error; red stays red."""
    if not named:
        return standing
    return Rest([Excused(i.code) if i.code in named and i.verdict in OPEN else i for i in standing.items])


def may_name(standing: Standing, named: Collection[str]) -> Requirement:
    """Whether each named item exists and is open now: neither red nor passing, which needs no passing by."""
    unknown = sorted(set(named) - {item.code for item in standing.items})
    if unknown:
        told = ", ".join(code[:8] if code.isprintable() else "?" for code in unknown[:8])
        return Unmet(say("There is no item %(items)s.", items=told))
    only = Rest([item for item in standing.items if item.code in named])
    red = codes(only, {RED})
    if red:
        return Unmet(say("Break-glass never passes red: %(items)s.", items=red))
    passing = codes(only, PASSING)
    if passing:
        return Unmet(say("%(items)s passes and need not be passed by name.", items=passing))
    return Met()


def terms(named: Iterable[str], reason: str) -> dict[str, Any]:
    """What a signature binds of break-glass: the items by name, and the reason as its hash."""
    return {"items": sorted(set(named)), "reason_sha256": sha256_hex(reason.encode())}


def stated(signed: bytes) -> list[str] | None:
    """The items that signed bytes pass by name; None where they are no break-glass."""
    found: Mapping[str, Any] | None = json.loads(signed).get("break_glass")
    return None if found is None else list(found["items"])
