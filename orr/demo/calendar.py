"""The demo's calendar: a time for its changes, a peak and a freeze in other weeks."""

from datetime import datetime, timedelta

from orr.accounts import people
from orr.calendar import actions, reading
from orr.calendar.lines import Line
from orr.lib import clock

ZONE = "Asia/Seoul"


def settle() -> None:
    """Write the lines, by the release manager; a calendar that is kept already stays as it is."""
    if reading.kept():
        return
    for line in lines(clock.now()):
        actions.enter(line=line, actor=people.find("manager"))


def lines(now: datetime) -> list[Line]:
    """Everything that the demo plans lies in the entry, and days away from the peak and the freeze."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    return [
        Line(
            kind="entry", title="Release week", reason="Every team has somebody on call for its services.",
            owner_role="product", environment="prod-kr", begins_at=hour - timedelta(hours=1),
            ends_at=hour + timedelta(days=6), zone=ZONE,
        ),
        Line(
            kind="peak", title="Sale of the year", reason="Customers see four times the usual load.",
            owner_role="sre", environment="prod-kr", begins_at=hour + timedelta(days=9),
            ends_at=hour + timedelta(days=11), zone=ZONE,
        ),
        Line(
            kind="freeze", title="Year-end closing", name="year-end",
            reason="The books are closed, and half of every team is away.", owner_role="product",
            begins_at=hour + timedelta(days=16), ends_at=hour + timedelta(days=19), zone=ZONE,
            rule="FREQ=YEARLY",
        ),
    ]  # fmt: skip
