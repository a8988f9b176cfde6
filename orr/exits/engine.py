"""The engine: one process drives a run, a thread per key at work; all of it is safe to repeat after a kill.

Points where a kill is tried: 1 the run is taken · 2 its keys are claimed · 3 to 7 in an attempt (`step`) ·
8 an attempt is recorded · 9 all keys ended · 10 recovery is measured.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from django.db import DatabaseError, connection

from orr.exits import claims, record, recovery, settle, step
from orr.exits.models import Run, RunState

log = logging.getLogger(__name__)
TICK = 0.2
RENEW_EVERY = 2.0


def go_on(_: int) -> None:
    """At a numbered point of a run that nobody kills."""


@dataclass
class Engine:
    """Drives runs. `lease`: seconds after its death until another may take over. `keys_at_once`: threads.

    `after_end` is told of a run that ended.
    """

    at: Callable[[int], None] = go_on
    lease: float = claims.LEASE_SECONDS
    keys_at_once: int = 32
    worker: str = field(default_factory=claims.worker_name)
    after_end: Callable[[Run], None] = lambda run: None

    def drive(self, run_id: uuid.UUID) -> bool:
        """Drive the run until it has ended. False at once when another process drives it."""
        if not claims.take_run(run_id, self.worker, self.lease):
            return False
        self.at(1)
        crew = _Crew(self, run_id)
        try:
            while crew.turn():
                crew.wait()
        except BaseException:
            crew.abandon()
            raise
        crew.close()
        claims.leave_run(run_id, self.worker)
        return True


class _Crew:
    """The threads at work on one run, and what they hold."""

    def __init__(self, engine: Engine, run_id: uuid.UUID) -> None:
        self._engine = engine
        self._run_id = run_id
        self._pool = ThreadPoolExecutor(engine.keys_at_once, thread_name_prefix="key")
        self._held: set[uuid.UUID] = set()
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._killed: BaseException | None = None
        self._renewed = time.monotonic()
        self._recovery = recovery.Probe(run_id)

    def turn(self) -> bool:
        """One round: renew, claim, settle, measure. False when there is nothing left to do."""
        if self._killed is not None:
            raise self._killed
        try:
            return self._turn()
        except DatabaseError:
            # The database is away or broke a deadlock: what was committed stands, the rest is done again.
            log.exception("the run %s waits for the database", self._run_id)
            connection.close()
            return True

    def wait(self) -> None:
        """Until a key ended, or a tick."""
        self._news.wait(TICK)
        self._news.clear()

    def close(self) -> None:
        """Let no thread go on after the run; replies that still come are late."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    abandon = close

    def _turn(self) -> bool:
        if not self._renew():
            return False
        run = Run.objects.select_related("review").get(pk=self._run_id)
        free = self._engine.keys_at_once - len(self._held)
        taken = claims.take_keys(run, self._engine.worker, free, self._engine.lease) if free > 0 else []
        if taken:
            self._engine.at(2)
        for claim in taken:
            self._hold(claim)
        if run.state != RunState.RUNNING:
            return self._clean_up_goes_on(run)
        if not settle.keys(self._run_id):
            return True
        self._engine.at(9)
        found = self._recovery.look()
        if found is None:
            return True
        self._engine.at(10)
        settle.run(self._run_id, found)
        run.refresh_from_db()
        self._engine.after_end(run)
        return self._clean_up_goes_on(run)

    def _clean_up_goes_on(self, run: Run) -> bool:
        """Whether the clean-up, outside the five minutes, has something left to try."""
        return run.state == RunState.DONE and (bool(self._held) or settle.clean_up_open(run))

    def _renew(self) -> bool:
        if time.monotonic() - self._renewed < min(RENEW_EVERY, self._engine.lease / 4):
            return True
        self._renewed = time.monotonic()
        with self._lock:
            held = list(self._held)
        claims.renew(held, self._engine.lease)
        return claims.take_run(self._run_id, self._engine.worker, self._engine.lease)

    def _hold(self, claim: claims.Claim) -> None:
        with self._lock:
            self._held.add(claim.attempt)
        self._pool.submit(self._work, claim)

    def _at(self, point: int) -> None:
        if self._killed is not None:
            raise self._killed
        self._engine.at(point)

    def _work(self, claim: claims.Claim) -> None:
        try:
            result = step.perform(claim, self._at)
            self._at(7)
            record.finish(claim, result)
            self._at(8)
        except Exception:
            log.exception("key %r of %s was not recorded; its lease will run out", claim.name, claim.subject)
        except BaseException as killed:
            # Whoever ends the process ends all of it, not this thread alone.
            self._killed = killed
        finally:
            with self._lock:
                self._held.discard(claim.attempt)
            connection.close()
            self._news.set()
