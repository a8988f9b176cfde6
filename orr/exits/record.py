"""What an attempt found, written down if the attempt still holds the key; any other reply is late."""

import logging
import random
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from orr.events.bus import publish
from orr.events.vocabulary import Event
from orr.exits.claims import Claim
from orr.exits.models import Attempt, Key, KeyState, Mode, Outcome
from orr.exits.step import Result
from orr.lib.canonical import sha256_hex
from orr.reviews import acts
from orr.tlog import log as tlog

log = logging.getLogger(__name__)
STATE_OF = {
    Outcome.PROVEN: KeyState.PROVEN,
    Outcome.CONFLICT: KeyState.CONFLICT,
    Outcome.UNKNOWN: KeyState.UNKNOWN,
}


def pause_before(attempt: int) -> float:
    """Seconds until the next try after the n-th: 1, 2, 4, then 8, with a fifth of jitter either way."""
    seconds: float = min(8, 2 ** max(0, attempt - 1))
    return seconds * random.uniform(0.8, 1.2)  # noqa: S311 spread, no secret


@transaction.atomic
def finish(claim: Claim, result: Result) -> bool:
    """Record the attempt. True when it still held the key, False when it came late."""
    state = STATE_OF.get(result.outcome)
    if state is not None:
        acts.lock(claim.subject)
    held = Key.objects.select_for_update().filter(pk=claim.key, claim=claim.attempt).first()
    outcome = result.outcome if held else Outcome.LATE
    Attempt.objects.filter(pk=claim.attempt).update(
        outcome=outcome, ended_at=Now(), current=_short(result.current), raw=result.raw, reason=result.reason
    )
    if held is None:
        return False
    if state is None:
        _again(claim, result)
        return True
    _end(claim, result, state)
    return True


def tell(event: Event, subject: str, **data: Any) -> None:
    """Publish; a listener that fails loses its own writes and never holds an Exit up."""
    try:
        with transaction.atomic():
            publish(event, subject=subject, **data)
    except Exception:
        log.exception("a listener of %s failed for %s", event, subject)


def _end(claim: Claim, result: Result, state: KeyState) -> None:
    proof = sha256_hex(result.raw or b"")
    fields: dict[str, Any] = {"state": state, "claim": None, "lease_until": None, "reason": result.reason}
    fields |= {"current": _short(result.current), "ended_at": Now()}
    if state == KeyState.PROVEN:
        fields |= {"proven_at": Now(), "proof_sha256": proof}
    Key.objects.filter(pk=claim.key).update(**fields)
    Key.objects.filter(pk=claim.key, observed_before=None).update(observed_before=_short(result.current))
    if claim.mode == Mode.EXIT:
        kind = "exit.key_proven" if state == KeyState.PROVEN else f"exit.key_{state}"
        order = {"order": claim.idempotency_key, "answer": proof}
        tlog.append(kind=kind, review=claim.subject, artefacts=order, actor=None)
        tell(Event.EXIT_PROGRESSED, claim.subject, key=claim.name, state=str(state))
    acts.touch(claim.subject)


def _again(claim: Claim, result: Result) -> None:
    """Free the key for its next try."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE exits_key SET state = 'waiting', claim = NULL, lease_until = NULL,
                   next_at = clock_timestamp() + make_interval(secs => %s), current = coalesce(%s, current)
               WHERE id = %s""",
            [pause_before(claim.number), _short(result.current), claim.key],
        )
    Key.objects.filter(pk=claim.key).update(reason=result.reason)


def _short(value: str | None) -> str | None:
    return None if value is None else value[:500]
