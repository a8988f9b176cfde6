"""How a source stands, of what it last answered (pure): unknown is neither well nor ill."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

# What answered longer ago than this is not known to answer now.
KNOWN_FOR = timedelta(hours=24)


class Stands(StrEnum):
    """In the order in which a person wants to hear of them."""

    WITHHELD = "withheld"
    SILENT = "silent"
    UNUSABLE = "unusable"
    UNKNOWN = "unknown"
    ANSWERS = "answers"


class Told(Protocol):
    """One answer, as far as it is judged here."""

    item: str
    outcome: str
    asked_at: datetime


def stands(newest_first: Sequence[Told], items: Iterable[str], problem: bool, now: datetime) -> Stands:
    """`items`: those it answers by the file now; `problem`: its secret is missing or must stay here.

    The newest answer says whether anybody is there; an item's own latest one, whether it can be read.
    """
    if problem:
        return Stands.WITHHELD
    if not newest_first or now - newest_first[0].asked_at > KNOWN_FOR:
        return Stands.UNKNOWN
    if newest_first[0].outcome == "silent":
        return Stands.SILENT
    asked = set(items) | {""}
    seen: set[str] = set()
    for told in newest_first:
        if told.item in asked and told.item not in seen:
            seen.add(told.item)
            if told.outcome != "answered":
                return Stands.UNUSABLE
    return Stands.ANSWERS
