"""Guards of a decision: registered when it takes effect, read back from the systems that hold them."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from orr.drivers import journal
from orr.drivers.contract import DriverError, text_of
from orr.drivers.registry import driver_for
from orr.events.bus import publish
from orr.events.vocabulary import Event
from orr.guards import contracts
from orr.guards.models import Guard
from orr.lib import clock
from orr.lib.canonical import sha256_hex
from orr.lib.sentence import Sentence, say
from orr.tlog import log as tlog

CANARY = "canary"


@dataclass(frozen=True)
class ReadBack:
    """What the system that holds a guard answered, or the reason why it did not."""

    guard: Guard
    current: str | None
    raw: bytes
    reason: Sentence | None


@transaction.atomic
def register(*, review: str, proposal_digest: str, guards: Iterable[Mapping[str, Any]]) -> list[Guard]:
    """Write the guards of a decision down; a second time changes nothing."""
    rows = [
        Guard(
            review=review, proposal_digest=proposal_digest, kind=guard["kind"],
            driver=guard.get("driver") or "", target=guard.get("target") or "",
            value=text_of(guard["value"]), owner=guard.get("owner") or "",
            expires_at=datetime.fromisoformat(str(guard["expires_at"])),
        )
        for guard in guards
    ]  # fmt: skip
    Guard.objects.bulk_create(rows, ignore_conflicts=True)
    return list(of(review))


def of(review: str) -> Sequence[Guard]:
    """The guards of the review, in the order of the proposal."""
    return list(Guard.objects.filter(review=review))


def confirm(review: str) -> list[Guard]:
    """Ask every system that holds a guard, and write down what it reads; calls out, so in no transaction."""
    guards = of(review)
    outside = [guard for guard in guards if guard.kind != contracts.OBSERVATION]
    if outside:
        with ThreadPoolExecutor(min(16, len(outside))) as pool:
            found = list(pool.map(_read_back, outside))
    else:
        found = []
    ours = [ReadBack(g, g.value, g.value.encode(), None) for g in guards if g.kind == contracts.OBSERVATION]
    with transaction.atomic():
        for read in [*found, *ours]:
            _write(read)
    return list(of(review))


def unproven(guards: Iterable[Guard], now: datetime) -> list[Sentence]:
    """Why each guard that does not hold at `now` does not; empty when every one is proven."""
    return [reason for guard in guards if (reason := _lacking(guard, now)) is not None]


def proven(review: str, now: datetime) -> list[Guard]:
    """The guards that were read back and hold: what the proven residual risk counts."""
    return [guard for guard in of(review) if _lacking(guard, now) is None]


def _lacking(guard: Guard, now: datetime) -> Sentence | None:
    words = {"kind": guard.kind, "target": guard.target or "–"}
    if guard.expires_at <= now:
        return say("The guard %(kind)s at %(target)s has expired.", **words)
    if guard.lost_at is not None:
        return guard.reason or say("The guard %(kind)s at %(target)s is lost.", **words)
    if guard.confirmed_at is None:
        return guard.reason or say("The guard %(kind)s at %(target)s was not read back yet.", **words)
    return None


def _read_back(guard: Guard) -> ReadBack:
    try:
        seen = driver_for(guard.target, named=guard.driver or None).observe(guard.target)
    except DriverError as error:
        reason = say("The guard at %(target)s: %(reason)s", target=guard.target, reason=error.sentence)
        return ReadBack(guard, None, b"", reason)
    return ReadBack(guard, seen.current, seen.raw, None)


def _write(read: ReadBack) -> None:
    guard = Guard.objects.select_for_update().get(pk=read.guard.pk)
    reason = read.reason or _wrong(guard, read.current or "")
    now = clock.now()
    if reason is None:
        news = guard.confirmed_at is None or guard.lost_at is not None
        guard.confirmed_at, guard.read_back, guard.raw = now, (read.current or "")[:500], read.raw
        guard.lost_at, guard.reason = None, None
    else:
        news = guard.confirmed_at is not None and guard.lost_at is None
        guard.lost_at = (guard.lost_at or now) if guard.confirmed_at else None
        guard.reason = reason
    guard.save()
    if news:
        _tell(guard, lost=reason is not None, raw=read.raw)


def _wrong(guard: Guard, current: str) -> Sentence | None:
    """None where the value is the guard's, or a canary weight that this rollout itself has set."""
    allowed = {guard.value}
    if guard.kind == CANARY:
        allowed |= journal.values(guard.review, guard.target)
    if current in allowed:
        return None
    words = {"target": guard.target, "current": current or "–", "value": guard.value}
    return say("The guard at %(target)s reads %(current)s instead of %(value)s.", **words)


def _tell(guard: Guard, *, lost: bool, raw: bytes) -> None:
    artefacts = {"proposal": guard.proposal_digest, "answer": sha256_hex(raw)}
    kind = "guard.lost" if lost else "guard.confirmed"
    # Published first: a subscriber locks the review's row, and every act locks that one before it logs.
    publish(Event.GUARD_CONFIRMED, subject=guard.review, guard=guard.pk, lost=lost)
    tlog.append(kind=kind, review=guard.review, artefacts=artefacts, actor=None)
