"""Who works on what: leases on runs and keys. A lease that ran out belongs to whoever takes it next."""

import os
import socket
import threading
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

from orr.drivers import journal
from orr.exits.models import Attempt, Key, Mode, Outcome, Run

LEASE_SECONDS = 8.0
CLEAN_UP_TIME = timedelta(minutes=10)

_READY = """
SELECT k.id FROM exits_key k JOIN exits_run r ON r.id = k.run_id
WHERE k.run_id = %(run)s
  AND (k.state = 'waiting' OR (k.state = 'running' AND k.lease_until < clock_timestamp()))
  AND k.next_at <= clock_timestamp()
  AND (CASE WHEN k.in_clock THEN r.state = 'running' AND r.deadline > clock_timestamp()
       ELSE r.state = 'done' END)
  AND NOT EXISTS (SELECT FROM exits_key d WHERE d.run_id = k.run_id AND d.state <> 'proven'
                  AND ((d.leg = k.leg AND d.name = ANY(k.after)) OR (k.leg = 'back' AND d.leg = 'forward')))
  AND NOT EXISTS (SELECT FROM exits_key o JOIN exits_run s ON s.id = o.run_id
                  WHERE o.target = k.target AND o.run_id <> k.run_id AND o.state IN ('waiting', 'running')
                  AND s.state = 'running' AND (s.started_at, s.id) < (r.started_at, r.id))
ORDER BY k.position FOR UPDATE OF k SKIP LOCKED
"""


@dataclass(frozen=True)
class Claim:
    """A key at work: everything an attempt needs, so that it asks the database for nothing else.

    `expected` None: what the target reads first, which is `before` from then on. `sent_before`: an earlier
    attempt may have sent the order. `until`: the run's deadline.
    """

    attempt: uuid.UUID
    key: int
    number: int
    run: uuid.UUID
    mode: str
    subject: str
    name: str
    driver: str
    target: str
    desired: str
    expected: frozenset[str] | None
    before: str | None
    timeout: int
    idempotency_key: str
    sent_before: bool
    until: datetime


def worker_name() -> str:
    """Host, process and thread, to tell workers apart."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{threading.get_ident()}:{uuid.uuid4().hex[:8]}"


def take_run(run: uuid.UUID, worker: str, seconds: float = LEASE_SECONDS) -> bool:
    """Take or renew the lease on a run. False while another worker holds it, or when there is none such."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE exits_run
               SET driven_by = %s, driven_until = clock_timestamp() + make_interval(secs => %s)
               WHERE id = %s
               AND (driven_by = %s OR driven_until IS NULL OR driven_until < clock_timestamp())""",
            [worker, seconds, run, worker],
        )
        return bool(cursor.rowcount)


def leave_run(run: uuid.UUID, worker: str) -> None:
    """Give the lease back."""
    Run.objects.filter(pk=run, driven_by=worker).update(driven_until=None)


def take_keys(run: Run, worker: str, limit: int, seconds: float = LEASE_SECONDS) -> list[Claim]:
    """Claim up to `limit` keys that wait for nothing, one per target, their attempts with them."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(_READY, {"run": run.pk})
                ready = [row[0] for row in cursor.fetchall()]
            keys = {key.target: key for key in Key.objects.filter(pk__in=ready).order_by("-position")}
            return [_take(run, key, worker, seconds) for key in list(reversed(keys.values()))[:limit]]
    except IntegrityError:
        # Another run took the same target between our look and our write: it is not ready after all.
        return []


def _take(run: Run, key: Key, worker: str, seconds: float) -> Claim:
    key.tries.filter(outcome=Outcome.OPEN).update(outcome=Outcome.LOST, ended_at=Now())
    sent_before = key.tries.exclude(sent_at=None).exists()
    attempt = Attempt.objects.create(key=key, number=key.attempts + 1, worker=worker)
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE exits_key SET state = 'running', claim = %s, attempts = attempts + 1,
                   lease_until = clock_timestamp() + make_interval(secs => %s),
                   first_claimed_at = coalesce(first_claimed_at, clock_timestamp()) WHERE id = %s""",
            [attempt.pk, seconds, key.pk],
        )
    return Claim(
        attempt=attempt.pk, key=key.pk, number=attempt.number, run=run.pk, mode=run.mode,
        subject=run.review.code, name=key.name, driver=key.driver, target=key.target, desired=key.desired,
        expected=None if key.expected is None else frozenset(key.expected), before=key.observed_before,
        timeout=key.timeout,
        idempotency_key=key.idempotency_key, sent_before=sent_before,
        until=run.deadline if key.in_clock else run.deadline + CLEAN_UP_TIME,
    )  # fmt: skip


def renew(attempts: Collection[uuid.UUID], seconds: float = LEASE_SECONDS) -> None:
    """Hold the keys of these attempts for longer."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE exits_key SET lease_until = clock_timestamp() + make_interval(secs => %s)
               WHERE id IN (SELECT id FROM exits_key WHERE claim = ANY(%s)
                            ORDER BY id FOR UPDATE SKIP LOCKED)""",
            [seconds, list(attempts)],
        )


@transaction.atomic
def mark_sent(claim: Claim, before: str) -> bool:
    """Write down that the order is about to go out. False when the key is no longer this attempt's."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE exits_key SET first_sent_at = coalesce(first_sent_at, clock_timestamp()),
                   observed_before = coalesce(observed_before, %s), current = %s
               WHERE id = %s AND claim = %s AND state = 'running'""",
            [before, before, claim.key, claim.attempt],
        )
        if not cursor.rowcount:
            return False
    Attempt.objects.filter(pk=claim.attempt).update(sent_at=Now())
    by = "exit" if claim.mode == Mode.EXIT else "rehearsal"
    journal.record(target=claim.target, value=claim.desired, written_by=by, review=claim.subject)
    return True
