"""Where an approval stands in time: collecting signatures, counting down, ready, or expired. Pure.

The timelock starts when the last slot is filled; signing needs t < approve_by, the effect
ready_at <= t < approve_by. All times are the database's, read after the row lock is held.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Phase(StrEnum):
    """What may happen to a request now."""

    COLLECTING = "collecting"
    RUNNING = "running"
    READY = "ready"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Status:
    """The phase, when the timelock is over (None while slots are open), and how long that is from now.

    `too_late`: the timelock ends at or after `approve_by`, so this request can no longer take effect.
    """

    phase: Phase
    ready_at: datetime | None
    remaining: timedelta
    too_late: bool

    @property
    def may_sign(self) -> bool:
        """Whether a signature would still be in time."""
        return self.phase is not Phase.EXPIRED

    @property
    def may_take_effect(self) -> bool:
        """Whether the timelock is over and the deadline is not."""
        return self.phase is Phase.READY


def status(*, now: datetime, filled_at: datetime | None, delay: timedelta, approve_by: datetime) -> Status:
    """The standing at `now` of a request whose last slot was filled at `filled_at` (None: not yet).

    All datetimes aware. Raises ValueError for a naive one and for a negative delay.
    """
    if any(moment is not None and moment.tzinfo is None for moment in (now, filled_at, approve_by)):
        raise ValueError("a timelock compares aware datetimes only")
    if delay < timedelta(0):
        raise ValueError("a timelock's delay is never negative")
    ready_at = None if filled_at is None else filled_at + delay
    remaining = timedelta(0) if ready_at is None else max(ready_at - now, timedelta(0))
    if now >= approve_by:
        phase = Phase.EXPIRED
    elif ready_at is None:
        phase = Phase.COLLECTING
    else:
        phase = Phase.READY if ready_at <= now else Phase.RUNNING
    return Status(phase, ready_at, remaining, (ready_at or now + delay) >= approve_by)
