"""Reading a foreign iCalendar file in a process of its own, bounded in time, memory and what it may answer.

A rule of repetition can be written so that looking for its next time never ends; a thread could not be
stopped at that, a process can.
"""

import json
import math
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orr.calendar import ical
from orr.lib.errors import OrrError
from orr.lib.sentence import Sentence, say

# Occurrences of one file that meet one window.
MOST = 200


class Unreadable(OrrError):
    """The file is no calendar, or one that is not read; the sentence says why."""

    status = 422
    slug = "invalid"


@dataclass(frozen=True)
class Occurrence:
    """One occurrence of an event in [`begins`, `ends`), aware; its texts are of one line and printable."""

    begins: datetime
    ends: datetime
    title: str
    description: str
    uid: str


def occurrences(
    data: bytes, window: tuple[datetime, datetime], *, zone: str, seconds: float
) -> list[Occurrence]:
    """What of the file meets the half-open window. `zone`: of days, and of times without one (IANA).

    Raises Unreadable, also where it takes longer than `seconds` or more memory than it is given.
    """
    times = [at.astimezone(UTC).isoformat() for at in window]
    command = [
        sys.executable, "-I", str(Path(ical.__file__)), *times, zone, str(MOST),
        str(max(1, math.ceil(seconds))),
    ]  # fmt: skip
    try:
        # The command is ours, the file is read from standard input; nothing of our environment goes along.
        done = subprocess.run(  # noqa: S603
            command, input=data, capture_output=True, timeout=max(0.1, seconds), env={}, check=False
        )
        told = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise Unreadable(_WHY["slow"]) from error
    except ValueError as error:
        # Killed at its bounds, it has answered nothing.
        raise Unreadable(_WHY["slow"]) from error
    if "refused" in told:
        raise Unreadable(_said(told))
    return [_one(stated) for stated in told["events"]]


def _one(stated: Mapping[str, Any]) -> Occurrence:
    begins, ends = (datetime.fromisoformat(stated[name]) for name in ("begins", "ends"))
    return Occurrence(begins, ends, stated["title"], stated["description"], stated["uid"])


def _said(told: Mapping[str, str]) -> Sentence:
    why = _WHY[told["refused"]]
    return say("%(why)s (%(about)s)", why=why, about=told["about"]) if told["about"] else why


_WHY: dict[str, Sentence] = {
    "slow": say("The calendar could not be read within its time and memory."),
    "large": say("The calendar could not be read within its time and memory."),
    "many": say("The calendar holds more than is read of one."),
    "syntax": say("This is no iCalendar file, or only a part of one."),
    "property": say("An event of the calendar says something that is not understood."),
    "zone": say("An event of the calendar stands in a time zone that nobody knows."),
    "often": say("An event comes again within a day, every hour or more often; such a calendar is not read."),
    "backwards": say("An event of the calendar ends before it begins."),
}
