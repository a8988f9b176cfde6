"""What follows from the keys: which are blocked, what the deadline ends, and how the whole run ends."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import models, transaction
from django.db.models.functions import Now

from orr.accounts import people
from orr.events.vocabulary import Event
from orr.exits.claims import CLEAN_UP_TIME
from orr.exits.models import OPEN_KEYS, Key, KeyState, Leg, Mode, Outcome, Run, RunState
from orr.exits.record import tell
from orr.lib import clock
from orr.lib.canonical import canonical_bytes, sha256_hex
from orr.lib.sentence import Sentence, say
from orr.reviews import acts
from orr.reviews.states import Verb
from orr.tlog import log as tlog

LOST_TIME = say("Its time ran out.")


def blocked_by(keys: Sequence[Key]) -> dict[int, str]:
    """Waiting keys that can never start, by primary key → the name of the key that holds them up."""
    dead = {key.pk: key.name for key in keys if key.state not in (*OPEN_KEYS, KeyState.PROVEN)}
    found: dict[int, str] = {}
    grew = True
    while grew:
        grew = False
        for key in keys:
            if key.state != KeyState.WAITING or key.pk in found:
                continue
            causes = (o.name for o in keys if (o.pk in dead or o.pk in found) and _waits_for(key, o))
            cause = next(causes, None)
            if cause is not None:
                found[key.pk] = cause
                grew = True
    return found


def end_state(states: Iterable[str], recovered: bool) -> RunState:
    """How a run ends, from the states of its in-clock keys and whether the core metrics are green."""
    counted = list(states)
    proven = counted.count(KeyState.PROVEN)
    if not proven:
        return RunState.FAILED
    if proven < len(counted):
        return RunState.PARTIAL
    return RunState.DONE if recovered else RunState.NOT_RECOVERED


def keys(run_id: uuid.UUID) -> bool:
    """Block what cannot start and, past the deadline, end what is open. True when no in-clock key is open."""
    run = Run.objects.get(pk=run_id)
    rows = list(run.keys.filter(in_clock=True))
    if not any(row.state in OPEN_KEYS for row in rows):
        return True
    if clock.now() < run.deadline and not blocked_by(rows):
        return False
    return _settled(run_id)


@transaction.atomic
def _settled(run_id: uuid.UUID) -> bool:
    run, rows = _locked(run_id)
    if run.state != RunState.RUNNING:
        return True
    changed = False
    if clock.now() >= run.deadline:
        for row in rows:
            if row.state in OPEN_KEYS:
                _expire(run, row)
                changed = True
    for key, cause in blocked_by(rows).items():
        reason = say("It waits for %(key)s, which was not proven.", key=cause)
        changed |= _end(run, Key.objects.filter(pk=key, state=KeyState.WAITING), KeyState.BLOCKED, reason)
    if changed:
        acts.touch(run.review.code)
        tell(Event.EXIT_PROGRESSED, run.review.code)
    return not run.keys.filter(in_clock=True, state__in=OPEN_KEYS).exists()


@transaction.atomic
def run(run_id: uuid.UUID, recovery: Mapping[str, object]) -> RunState:
    """End the run; `recovery` is what the core metrics read. A run that has ended stays as it ended."""
    run, rows = _locked(run_id)
    if run.state != RunState.RUNNING or any(row.state in OPEN_KEYS for row in rows):
        return RunState(run.state)
    recovered = run.mode == Mode.REHEARSAL or recovery.get("state") == "green"
    state = end_state([row.state for row in rows], recovered)
    Run.objects.filter(pk=run.pk).update(state=state, recovery=dict(recovery), ended_at=Now())
    _log_end(run, state, rows)
    if run.mode == Mode.EXIT:
        review = acts.lock(run.review.code)
        if state == RunState.DONE:
            acts.move(review, Verb.EXIT_DONE, people.system())
        tell(Event.EXIT_ENDED, review.code, state=str(state))
    acts.touch(run.review.code)
    return state


def clean_up_open(run: Run) -> bool:
    """Whether keys outside the clock are open; those that had their time are given up."""
    left = run.keys.filter(in_clock=False, state__in=OPEN_KEYS)
    if run.ended_at is not None and clock.now() >= clean_up_until(run.ended_at):
        with transaction.atomic():
            acts.lock(run.review.code)
            _end(run, left, KeyState.FAILED, LOST_TIME)
    return left.exists()


def clean_up_until(ended_at: datetime) -> datetime:
    """Until when the clean-up is tried."""
    return ended_at + CLEAN_UP_TIME


def seconds_back(rows: Sequence[Key]) -> float | None:
    """How long the way back took, in seconds: from the last forward proof (or nothing) to the last proof."""
    back = [row.proven_at for row in rows if row.leg == Leg.BACK and row.proven_at]
    forward = [row.proven_at for row in rows if row.leg == Leg.FORWARD and row.proven_at]
    if not back:
        return None
    return (max(back) - (max(forward) if forward else min(_starts(rows)))).total_seconds()


def _starts(rows: Sequence[Key]) -> list[datetime]:
    return [row.first_claimed_at for row in rows if row.first_claimed_at]


def _locked(run_id: uuid.UUID) -> tuple[Run, list[Key]]:
    """The run and its in-clock keys; the review's row first, as in every act."""
    acts.lock(Run.objects.select_related("review").get(pk=run_id).review.code)
    run = Run.objects.select_for_update(of=("self",)).select_related("review").get(pk=run_id)
    return run, list(run.keys.select_for_update().filter(in_clock=True).order_by("position"))


def _waits_for(key: Key, other: Key) -> bool:
    if key.leg == Leg.BACK and other.leg == Leg.FORWARD:
        return True
    return key.leg == other.leg and other.name in key.after


def _expire(run: Run, row: Key) -> None:
    """A key whose order may be out is `unknown`: nobody may say it failed."""
    sent = row.tries.exclude(sent_at=None).exists()
    row.state = KeyState.UNKNOWN if sent else KeyState.FAILED
    row.tries.filter(outcome=Outcome.OPEN).update(outcome=Outcome.LOST, ended_at=Now())
    reason = say("%(ran_out)s %(last)s", ran_out=LOST_TIME, last=row.reason) if row.reason else LOST_TIME
    _end(run, Key.objects.filter(pk=row.pk, state__in=OPEN_KEYS), row.state, reason)


def _end(run: Run, keys: "models.QuerySet[Key]", state: str, reason: Sentence) -> bool:
    orders = list(keys.values_list("idempotency_key", flat=True))
    changed = keys.update(state=state, claim=None, lease_until=None, reason=reason, ended_at=Now())
    for order in orders if run.mode == Mode.EXIT else ():
        tlog.append(kind=f"exit.key_{state}", review=run.review.code, artefacts={"order": order}, actor=None)
    return bool(changed)


def _log_end(run: Run, state: RunState, rows: Sequence[Key]) -> None:
    outcome = [[row.leg, row.name, row.state, row.proof_sha256] for row in rows]
    tlog.append(
        kind=f"{run.mode}.{state}",
        review=run.review.code,
        artefacts={"outcome": sha256_hex(canonical_bytes(outcome))},
        actor=None,
    )
