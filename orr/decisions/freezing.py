"""The freezes that a change goes under since its profile names them: each adds its owner's slot."""

import json
from collections.abc import Iterable, Mapping, Sequence

from orr.calendar import told
from orr.calendar.told import Passed
from orr.profiles.schema import CALENDAR
from orr.reviews.standing import Standing

# How the evidence of whoever asked the calendar is told from a word or a pushed result.
READING = "reading"


def passed(live: Standing) -> tuple[Passed, ...]:
    """What the latest measurement of the calendar passes; nothing where there is none.

    Raises NotTold where a measurement is not readable: what it passed is unknown then.
    """
    evidence = live.of(CALENDAR).evidence
    if evidence is None or evidence.outcome != READING or evidence.attested_by or evidence.pushed_by:
        return ()
    return told.passed(bytes(evidence.raw.data)) if evidence.raw else ()


def slots(policy: Sequence[str], freezes: Iterable[Mapping[str, str]]) -> list[str]:
    """The slots of the policy, and after them one for each owner of the freezes."""
    return [*policy, *sorted({one["owner"] for one in freezes})]


def signed(payload: bytes) -> list[dict[str, str]]:
    """The freezes that the signed bytes of a proposal pass."""
    found: list[dict[str, str]] = json.loads(payload).get("freezes", [])
    return found
