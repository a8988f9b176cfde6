"""One attempt at one key: look, compare, write down, send, read back. At its numbered points a kill is tried.

3 before looking · 4 after looking · 5 the sending is written down · 6 sent · 7 read back, not yet recorded.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from orr.drivers.contract import Driver, DriverError
from orr.drivers.registry import driver_for
from orr.drivers.webhook import CALL_SECONDS
from orr.exits import claims
from orr.exits.models import Outcome
from orr.lib.sentence import Sentence, say

Point = Callable[[int], None]
log = logging.getLogger(__name__)
LOOK_AGAIN = (0.05, 0.1, 0.2, 0.5, 1.0)


@dataclass(frozen=True)
class Result:
    """How an attempt ended, what the target read last, and the raw answer that said so."""

    outcome: Outcome
    current: str | None = None
    raw: bytes | None = None
    reason: Sentence | None = None


def perform(claim: claims.Claim, at: Point) -> Result:
    """Try the key once. Raises nothing: what goes wrong is the result's reason."""
    try:
        driver = driver_for(
            claim.target, named=claim.driver or None, seconds=min(CALL_SECONDS, claim.timeout, _left(claim))
        )
        return _perform(claim, driver, at)
    except DriverError as error:
        return Result(Outcome.RETRY, reason=error.sentence)
    except Exception:
        log.exception("key %r of %s failed unexpectedly", claim.name, claim.subject)
        return Result(Outcome.RETRY, reason=say("The driver has a fault; the server's log says which."))


def _perform(claim: claims.Claim, driver: Driver, at: Point) -> Result:
    at(3)
    seen = driver.observe(claim.target)
    at(4)
    if seen.current == claim.desired:
        return Result(Outcome.PROVEN, seen.current, seen.raw)
    if claim.sent_before and not driver.idempotent:
        asked = say("The order may have been carried out once already, and the receiver would do it twice.")
        return Result(Outcome.UNKNOWN, seen.current, seen.raw, asked)
    allowed = claim.expected
    if allowed is None:
        allowed = frozenset({seen.current if claim.before is None else claim.before})
    if seen.current not in allowed:
        foreign = say(
            "It reads %(current)s, which this change did not write; it was not overwritten.",
            current=seen.current or "–",
        )
        return Result(Outcome.CONFLICT, seen.current, seen.raw, foreign)
    if not claims.mark_sent(claim, seen.current):
        return Result(Outcome.LATE, seen.current, seen.raw)
    at(5)
    driver.apply(claim.target, claim.desired, claim.idempotency_key)
    at(6)
    return _read_back(claim, driver)


def _read_back(claim: claims.Claim, driver: Driver) -> Result:
    """Read until the desired value is there, for as long as the key's own timeout."""
    until = time.monotonic() + min(claim.timeout, _left(claim))
    pauses = iter(LOOK_AGAIN)
    while True:
        proof = driver.prove(claim.target, claim.desired)
        if proof.ok:
            return Result(Outcome.PROVEN, proof.current, proof.raw)
        pause = next(pauses, LOOK_AGAIN[-1])
        if time.monotonic() + pause >= until:
            words = say("It took the order, and still reads %(current)s.", current=proof.current or "–")
            return Result(Outcome.RETRY, proof.current, proof.raw, words)
        time.sleep(pause)


def _left(claim: claims.Claim) -> float:
    return max(1.0, (claim.until - datetime.now(UTC)).total_seconds())
