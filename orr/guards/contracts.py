"""What makes a guard a contract: kind, target, value, owner, expiry, and a driver that answers."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from orr.drivers.contract import DriverError, text_of
from orr.drivers.registry import driver_for
from orr.lib import clock
from orr.lib.bounds import plausible
from orr.lib.met import Met, Requirement, Unmet
from orr.lib.sentence import say

KINDS = ("flag", "canary", "observation", "throttle", "cache")
OBSERVATION = "observation"
_DURATION = re.compile(r"^(\d{1,6})\s*(s|m|min|h)?$")
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600}


def validate(guard: Mapping[str, Any], *, now: datetime | None = None) -> Requirement:
    """Whether the guard is whole and its driver answered `observe` just now; asks the outside system."""
    stated = stands(guard, now or clock.now())
    if isinstance(stated, Unmet) or is_ours(guard):
        return stated
    return answers(guard)


def stands(guard: Mapping[str, Any], now: datetime) -> Requirement:
    """Whether the guard says all it has to (pure)."""
    words = {"kind": str(guard.get("kind") or "–"), "target": str(guard.get("target") or "–")}
    if guard.get("kind") not in KINDS:
        return Unmet(say("There is no guard of the kind %(kind)s.", **words))
    if text_of(guard.get("value")) == "":
        return Unmet(say("The guard %(kind)s at %(target)s has no value.", **words))
    if not guard.get("owner"):
        return Unmet(say("The guard %(kind)s at %(target)s has no owner.", **words))
    ends = moment(guard.get("expires_at"))
    if ends is None:
        return Unmet(say("The guard %(kind)s at %(target)s has no time of expiry.", **words))
    if ends <= now:
        return Unmet(say("The guard %(kind)s at %(target)s has expired.", **words))
    if is_ours(guard):
        found = seconds(text_of(guard["value"]))
        return Met() if found else Unmet(say("An observation guard says how long, as in 900s or 15m."))
    return Met() if guard.get("target") else Unmet(say("The guard %(kind)s has no target.", **words))


def answers(guard: Mapping[str, Any]) -> Requirement:
    """Whether the driver of the guard's target answers `observe`; a guard of our own has none to answer."""
    target = str(guard.get("target") or "")
    try:
        driver_for(target, named=guard.get("driver")).observe(target)
    except DriverError as error:
        return Unmet(say("The guard at %(target)s: %(reason)s", target=target, reason=error.sentence))
    return Met()


def is_ours(guard: Mapping[str, Any]) -> bool:
    """Whether we hold the guard ourselves: the observation window, which needs no outside system."""
    return guard.get("kind") == OBSERVATION


def seconds(value: str) -> int | None:
    """Seconds of `900`, `900s`, `15m` or `1h`; None for anything else."""
    found = _DURATION.match(value.strip())
    return int(found.group(1)) * _SECONDS[found.group(2) or "s"] if found else None


def moment(value: object) -> datetime | None:
    """An aware time from RFC 3339 text or a datetime, as people mean them; None for anything else."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return None
    whole = isinstance(found, datetime) and found.tzinfo is not None and plausible(found)
    return found if isinstance(found, datetime) and whole else None
