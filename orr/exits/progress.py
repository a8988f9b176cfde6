"""How far an Exit or a rehearsal is, as every face shows it: phases, keys, recovery, left, whom to call."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from orr.exits import actions, settle, titles
from orr.exits import rehearsal as rehearsals
from orr.exits.models import OPEN_KEYS, Key, KeyState, Leg, Run, RunState
from orr.lib import clock
from orr.lib.sentence import Sentence
from orr.plans import phases
from orr.reviews.checklist import ITEMS
from orr.reviews.models import Review

ROLES = {"oncall": _("On call"), "sre": _("SRE"), "product": _("Product")}


def of_review(review: Review) -> dict[str, Any] | None:
    """The review's latest Exit, None where there was none."""
    run = actions.latest(review)
    return None if run is None else progress(run)


def rehearsal_of(review: Review) -> dict[str, Any] | None:
    """The latest rehearsal of the review's plan as it is now, None where there was none."""
    run = rehearsals.latest(review)
    return None if run is None else rehearsal(run)


def progress(run: Run) -> dict[str, Any]:
    """The Exit now, sentences in the active language; times RFC 3339, durations in seconds."""
    now = clock.now()
    rows = list(run.keys.filter(leg=Leg.BACK).order_by("position"))
    clocked = [row for row in rows if row.in_clock]
    left = [row for row in clocked if row.state not in (*OPEN_KEYS, KeyState.PROVEN)]
    title, status = titles.RUN[run.state]
    return {
        "id": str(run.pk),
        "state": run.state,
        "state_title": str(title),
        "state_status": status,
        "started_at": _moment(run.started_at),
        "deadline": _moment(run.deadline),
        "ended_at": _moment(run.ended_at),
        "seconds": ((run.ended_at or now) - run.started_at).total_seconds(),
        "seconds_left": max(0.0, (run.deadline - now).total_seconds()) if run.ended_at is None else 0.0,
        "by": run.started_by.name,
        "by_id": str(run.started_by_id),
        "automatic": run.started_by.is_system,
        "reason": run.reason,
        "counts": {"keys": len(clocked), "proven": _proven(clocked), "left": len(left)},
        "phases": [_phase(number, run, rows) for number in sorted(phases.TITLES)],
        "keys": [_key(row, run) for row in rows],
        "recovery": _recovery(run, clocked),
        "left": [_key(row, run) for row in left],
        "points_of_no_return": [str(Sentence.from_json(s)) for s in run.plan["points_of_no_return"]],
        "call": _call(run) if left or run.state in (RunState.NOT_RECOVERED, RunState.FAILED) else [],
        "now": _moment(now),
    }


def _proven(rows: Sequence[Key]) -> int:
    return sum(row.state == KeyState.PROVEN for row in rows)


def rehearsal(run: Run) -> dict[str, Any]:
    """The rehearsal now: its state, how long the way back took (seconds), and its keys of both legs."""
    rows = list(run.keys.order_by("position"))
    title, status = titles.RUN[run.state]
    return {
        "id": str(run.pk),
        "state": run.state,
        "state_title": str(title),
        "state_status": status,
        "started_at": _moment(run.started_at),
        "ended_at": _moment(run.ended_at),
        "seconds": settle.seconds_back(rows) if run.state == RunState.DONE else None,
        "keys": [_key(row, run) for row in rows],
    }


def _key(row: Key, run: Run) -> dict[str, Any]:
    later = not row.in_clock and row.state in OPEN_KEYS
    title, status = titles.KEY["later" if later else row.state]
    ended = row.ended_at or row.proven_at
    return {
        "name": row.name,
        "leg": row.leg,
        "kind": row.kind,
        "phase": row.phase,
        "item": row.item or None,
        "target": row.target,
        "desired": row.desired,
        "expected": row.expected,
        "observed_before": row.observed_before,
        "current": row.current,
        "after": row.after,
        "state": row.state,
        "state_title": str(title),
        "status": status,
        "reason": str(row.reason) if row.reason else None,
        "attempts": row.attempts,
        "in_clock": row.in_clock,
        "started_at": _moment(row.first_claimed_at),
        "proven_at": _moment(row.proven_at),
        "ended_at": _moment(row.ended_at),
        "starts_after": _seconds(run.started_at, row.first_claimed_at),
        "seconds": _seconds(row.first_claimed_at, ended),
        "proof_sha256": row.proof_sha256 or None,
    }


def _phase(number: int, run: Run, rows: Sequence[Key]) -> dict[str, Any]:
    """One phase; the freeze is the start itself: from then on no stage is taken any more."""
    own = [row for row in rows if row.phase == number]
    began = [row.first_claimed_at for row in own if row.first_claimed_at]
    over = [row.ended_at for row in own if row.ended_at]
    started, ended = min(began, default=None), max(over, default=None) if len(over) == len(own) else None
    if number == phases.FREEZE:
        started = ended = run.started_at
    state = _phase_state(number, own)
    title, status = titles.PHASE[state]
    return {
        "number": number,
        "title": str(phases.TITLES[number]),
        "state": state,
        "state_title": str(title),
        "status": status,
        "started_at": _moment(started),
        "ended_at": _moment(ended),
        "starts_after": _seconds(run.started_at, started),
        "seconds": _seconds(started, ended),
        "keys": [row.name for row in own],
        "waits_for": sorted({name for row in own for name in row.after} - {row.name for row in own}),
    }


def _phase_state(number: int, own: Sequence[Key]) -> str:
    states = {row.state for row in own}
    if number == phases.FREEZE:
        return "done"
    if not states:
        return "none"
    if states == {KeyState.PROVEN}:
        return "done"
    if states - {*OPEN_KEYS, KeyState.PROVEN}:
        return "left"
    if number == phases.CLEAN_UP:
        return "later"
    return "waiting" if states == {KeyState.WAITING} else "running"


def _recovery(run: Run, clocked: Sequence[Key]) -> dict[str, Any]:
    found = run.recovery
    open_ = any(row.state in OPEN_KEYS for row in clocked)
    state = found.get("state") or ("waiting" if open_ or run.state == RunState.RUNNING else "not_measured")
    last = max((row.proven_at for row in clocked if row.proven_at), default=None)
    title, status = titles.RECOVERY[state]
    return {
        "state": state,
        "state_title": str(title),
        "status": status,
        "since": _moment(last) if not open_ else None,
        "starts_after": _seconds(run.started_at, last) if not open_ else None,
        "needs_seconds": run.review.rules.recovery.seconds,
        "ended_at": _moment(run.ended_at),
        "items": [_objective(item) for item in found.get("items", [])],
        "reason": str(Sentence.from_json(found["reason"])) if found.get("reason") else None,
    }


def _objective(item: dict[str, Any]) -> dict[str, Any]:
    reason = item.get("reason")
    title = str(ITEMS[item["code"]].title)
    return {**item, "title": title, "reason": str(Sentence.from_json(reason)) if reason else None}


def _call(run: Run) -> list[str]:
    """Whom to call, first to last: the one on call, then the chain that the change set names."""
    contacts = run.review.body.get("contacts") or {}
    found = [f"{contacts[field]}, {title}" for field, title in ROLES.items() if contacts.get(field)]
    lead = str(_("Incident lead"))
    return found + [f"{name}, {lead}" for name in contacts.get("escalation") or []]


def _moment(at: datetime | None) -> str | None:
    """RFC 3339 in UTC to the millisecond, or None."""
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None or end is None else (end - start).total_seconds()
