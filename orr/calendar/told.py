"""What evidence keeps of the calendar: one JSON object, written here and read back here (pure)."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from orr.calendar.freezes import Finding, Mark, Planned
from orr.lib.errors import OrrError
from orr.lib.sentence import say

# The name under which it stands in the raw answer, beside those of the feeds.
ABOUT = "calendar"


class NotTold(OrrError):
    """The evidence of the calendar is of another version, or not what was written."""

    status = 500
    slug = "error"


@dataclass(frozen=True, order=True)
class Passed:
    """A freeze that the profile names and the window meets: its name, whose seat it adds, and the reason."""

    name: str
    owner: str
    title: str
    reason: str

    def as_json(self) -> dict[str, str]:
        """The part of it that a proposal binds."""
        return {"name": self.name, "owner": self.owner, "title": self.title, "reason": self.reason}


def stated(
    planned: Planned, found: Finding, marks: Iterable[Mark], reasons: Mapping[str, str]
) -> dict[str, Any]:
    """The window, what meets it, and the freezes that are passed, each with the profile's reason."""
    passed = sorted({Passed(one.name, one.owner, one.title, reasons[one.name]) for one in found.named})
    return {
        "v": 1,
        "planned": {
            "begins": planned.begins.isoformat(), "ends": planned.ends.isoformat(),
            "environment": planned.environment, "services": sorted(planned.services),
        },
        "marks": [one.as_json() for one in marks],
        "covering": [one.id for one in found.covering],
        "blocking": [one.id for one in found.blocking],
        "passed": [one.as_json() for one in passed],
    }  # fmt: skip


def passed(raw: bytes) -> tuple[Passed, ...]:
    """The freezes that the evidence passes; none where it is not about the calendar. Raises NotTold."""
    try:
        told = json.loads(raw).get(ABOUT)
        if told is None:
            return ()
        if told["v"] != 1:
            raise ValueError("another version")
        return tuple(Passed(**one) for one in told["passed"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise NotTold(say("This evidence says nothing of freezes.")) from error
