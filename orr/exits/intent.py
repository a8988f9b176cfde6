"""The intent of a run: its keys, written down in full before anything is sent."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from orr.accounts.models import User
from orr.drivers import journal
from orr.exits.models import EXIT_SECONDS, Key, Leg, Mode, Run
from orr.lib import clock
from orr.lib.canonical import canonical_bytes, digest, sha256_hex
from orr.plans.key import Key as Planned
from orr.plans.key import Plan
from orr.plans.problems import is_shadow
from orr.reviews.models import Review

REHEARSAL_SECONDS = 2 * EXIT_SECONDS


def write(*, review: Review, mode: Mode, plan: Plan, actor: User, reason: str) -> Run:
    """Create the run and its key rows, inside the caller's transaction."""
    now = clock.now()
    seconds = EXIT_SECONDS if mode == Mode.EXIT else REHEARSAL_SECONDS
    stated = plan.as_json()
    run = Run.objects.create(
        mode=mode, review=review, plan=stated, plan_digest=digest(stated["keys"]), started_at=now,
        item_digests=review.change_set.item_digests, started_by=actor, reason=reason,
        deadline=now + timedelta(seconds=seconds),
    )  # fmt: skip
    rows = _back(run, plan) if mode == Mode.EXIT else _forward_and_back(run, plan)
    Key.objects.bulk_create(_numbered(rows))
    return run


def idempotency_key(run: Run, name: str, desired: str) -> str:
    """SHA-256 over run, key and desired value: constant over retries, different for every order."""
    return sha256_hex(canonical_bytes([str(run.pk), name, desired]))


def sealed(run: Run) -> str:
    """SHA-256 of the intent, as it goes into the log."""
    rows = run.keys.values_list("leg", "name", "target", "desired", "idempotency_key")
    return sha256_hex(canonical_bytes([list(row) for row in rows.order_by("position")]))


def rehearsable(plan: Plan) -> list[Planned]:
    """The keys of items that have a shadow target of their own, not a live one, and something to undo."""
    live = {key.target for key in plan.keys}
    own: dict[str, Planned] = {}
    for key in _once(plan):
        target = key.rehearse_target
        if key.item is None or not target or target in live or not is_shadow(target):
            continue
        if key.desired not in key.expected_to:
            own.setdefault(target, key)
    return list(own.values())


def _once(plan: Plan) -> list[Planned]:
    return list({key.name: key for key in plan.keys}.values())


def _back(run: Run, plan: Plan) -> Iterator[Key]:
    code = run.review.code
    for key in _once(plan):
        ours = {*key.expected_to, *journal.values(code, key.target)} - {key.desired}
        expected = None if key.item is None and not ours else sorted(ours)
        yield _row(run, key, target=key.target, expected=expected, after=key.after)


def _forward_and_back(run: Run, plan: Plan) -> Iterator[Key]:
    """Forward to what the change writes, then back, on shadow targets; what they hold before is theirs."""
    keys = rehearsable(plan)
    names = {key.name for key in keys}
    for key in keys:
        yield _row(run, key, target=key.rehearse_target, desired=key.expected_to[0], leg=Leg.FORWARD)
    for key in keys:
        after = [name for name in key.after if name in names]
        expected = sorted(set(key.expected_to))
        yield _row(run, key, target=key.rehearse_target, expected=expected, after=after)


def _row(run: Run, key: Planned, **changed: Any) -> Key:
    fields = {"desired": key.desired, "leg": Leg.BACK, "expected": None, "after": (), **changed}
    return Key(
        run=run, name=key.name, kind=key.kind, phase=key.phase, item=key.item or "",
        driver=key.driver or "", timeout=key.timeout, in_clock=key.in_clock,
        idempotency_key=idempotency_key(run, key.name, fields["desired"]),
        **{**fields, "after": list(fields["after"])},
    )  # fmt: skip


def _numbered(rows: Iterable[Key]) -> list[Key]:
    numbered = list(rows)
    for position, row in enumerate(numbered):
        row.position = position
    return numbered
