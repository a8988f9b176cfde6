"""What a calendar says of a planned window (pure): an entry covers it, no freeze meets it, a peak is near.

Every time is half open: a freeze that ends at the moment at which the window begins does not meet it.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from orr.lib.sentence import Sentence, say

# Before and after a peak or a freeze: so far from it a change is reviewed as one in it.
AROUND = timedelta(hours=48)
Services = frozenset[str]


class Kind(StrEnum):
    """What stands in a calendar: a time for changes, a time without any, a time of much load."""

    ENTRY = "entry"
    FREEZE = "freeze"
    PEAK = "peak"


@dataclass(frozen=True)
class Mark:
    """One occurrence in [`begins`, `ends`), aware; without environment or services it is of every one.

    `name` is what a profile calls a freeze by, `owner` the role whose seat it is, `source` the calendar.
    """

    kind: Kind
    title: str
    begins: datetime
    ends: datetime
    name: str = ""
    owner: str = ""
    reason: str = ""
    environment: str = ""
    services: Services = frozenset()
    source: str = ""
    id: str = ""

    def as_json(self) -> dict[str, Any]:
        """The form in which evidence keeps it; moments in UTC."""
        return {
            **{name: getattr(self, name) for name in _TEXTS},
            "begins": self.begins.astimezone(UTC).isoformat(),
            "ends": self.ends.astimezone(UTC).isoformat(),
            "services": sorted(self.services),
        }


_TEXTS = ("kind", "title", "name", "owner", "reason", "environment", "source", "id")


@dataclass(frozen=True)
class Planned:
    """When and where a change goes out: [`begins`, `ends`), its environment and services."""

    begins: datetime
    ends: datetime
    environment: str
    services: Services

    @classmethod
    def of(cls, change_set: Mapping[str, Any]) -> "Planned | None":
        """As the change set says; None where it says no beginning or no end."""
        begins, ends = change_set.get("planned_start"), change_set.get("planned_end")
        if not begins or not ends:
            return None
        environment = str(change_set["environment"]).strip()
        services = frozenset(change_set.get("service_ids") or ())
        return cls(_moment(begins), _moment(ends), environment, services)


@dataclass(frozen=True)
class Finding:
    """The entries that cover the window, the freezes that meet it, and which of those the profile names."""

    covering: tuple[Mark, ...]
    blocking: tuple[Mark, ...]
    named: tuple[Mark, ...]

    @property
    def passed(self) -> bool:
        """Whether the change may go in its window."""
        return bool(self.covering) and not self.blocking


def judge(planned: Planned, marks: Iterable[Mark], named: Iterable[str] = ()) -> Finding:
    """What the marks mean for the planned window; `named`: the freezes under which a change may go."""
    known, allowed = list(marks), set(named)
    frozen = [one for one in known if one.kind is Kind.FREEZE and meets(one, planned)]
    return Finding(
        covering=tuple(one for one in known if one.kind is Kind.ENTRY and covers(one, planned)),
        blocking=tuple(one for one in frozen if not (one.name and one.name in allowed)),
        named=tuple(one for one in frozen if one.name and one.name in allowed),
    )


def covers(entry: Mark, planned: Planned) -> bool:
    """Whether the whole window lies in this one entry, which is of all its services."""
    ours, theirs = folded_all(entry.services), folded_all(planned.services)
    # A change that names no service may touch any: only an entry for every service covers it.
    all_of_them = not entry.services or (bool(theirs) and theirs <= ours)
    return (
        _here(entry, planned)
        and all_of_them
        and entry.begins <= planned.begins
        and planned.ends <= entry.ends
    )


def meets(mark: Mark, planned: Planned, around: timedelta = timedelta(0)) -> bool:
    """Whether they share a moment, `around` it counting too, in an environment and a service of both."""
    ours, theirs = folded_all(mark.services), folded_all(planned.services)
    if not _here(mark, planned) or (ours and theirs and ours.isdisjoint(theirs)):
        return False
    return mark.begins - around < planned.ends and planned.begins < mark.ends + around


def folded(name: str) -> str:
    """A name of an environment or a service as it is compared: no spelling of it escapes a freeze."""
    # Folding may leave what NFKC joins again (Unicode, D146): so it is done on both sides of it.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).strip()


def folded_all(names: Iterable[str]) -> Services:
    """Each name as it is compared; what is nothing but space is none."""
    return frozenset(filter(None, map(folded, names)))


def _here(mark: Mark, planned: Planned) -> bool:
    environment = folded(mark.environment)
    return not environment or environment == folded(planned.environment)


def near(planned: Planned | None, marks: Iterable[Mark]) -> bool:
    """Whether a peak or a freeze lies in, or less than 48 hours before or after, the planned window."""
    busy = (one for one in marks if one.kind in (Kind.FREEZE, Kind.PEAK))
    return planned is not None and any(meets(one, planned, AROUND) for one in busy)


def time_of(mark: "Mark | Planned") -> Sentence:
    """From when until when, in UTC."""
    return say("%(begins)s – %(ends)s UTC", begins=_worded(mark.begins), ends=_worded(mark.ends))


def _worded(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"


def _moment(text: str | datetime) -> datetime:
    return text if isinstance(text, datetime) else datetime.fromisoformat(text)
