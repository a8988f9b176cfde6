"""Our own evidence of gate 2: a key for every item (G2.1), each rehearsed by the system (G2.2)."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, ClassVar

from evidence.contract import Lacking, Query, Reading, Unavailable, Unconfigured, Window
from orr.drivers.contract import DriverError
from orr.drivers.registry import driver_for, why_not
from orr.exits import rehearsal, settle
from orr.exits.models import Key, KeyState, Mode, Run, RunState
from orr.lib.canonical import canonical_bytes, digest
from orr.lib.sentence import Sentence, joined, say
from orr.plans import problems
from orr.plans.key import About, Plan, Problem, Severity
from orr.plans.key import Key as Planned
from orr.plans.plan import build
from orr.reviews import acts


@dataclass(frozen=True)
class PlanCollector:
    """G2.1: red where an item has no key, pending where a target has no driver; else asks every driver."""

    name: str = "exit-plan"
    timeout: float = 15.0
    seconds: float = 5.0

    def collect(self, query: Query, window: Window) -> Reading:
        """Observe every key's target. Raises Lacking, Unavailable."""
        plan = build(query.facts.change_set)
        found = [*plan.problems, *problems.of_drivers(plan, why_not)]
        red = [p.sentence for p in found if p.severity == Severity.RED]
        if red:
            return self._reading(query, window, plan, passed=False, detail=joined(red))
        _pending(found, About.KEY)
        with ThreadPoolExecutor(16) as pool:
            seen = dict(zip((key.name for key in plan.keys), pool.map(self._observe, plan.keys), strict=True))
        return self._reading(query, window, plan, passed=True, seen=seen)

    def _observe(self, key: Planned) -> str:
        try:
            driver = driver_for(key.target, named=key.driver, seconds=self.seconds)
            return driver.observe(key.target).current
        except DriverError as error:
            raise Unavailable(say("%(key)s: %(reason)s", key=key.name, reason=error.sentence)) from error

    def _reading(self, query: Query, window: Window, plan: Plan, *, passed: bool, **rest: Any) -> Reading:
        items = len(query.facts.change_set["items"])
        keyed = sum(key.item is not None for key in plan.keys)
        stated = {"plan": plan.as_json(), "observed": rest.get("seen", {})}
        return Reading(
            value=None, passed=passed, raw=canonical_bytes(stated), query="observe", source=self.name,
            measured_at=window.end, text=f"{keyed} / {items}", url=f"/orr/{query.facts.subject}/exit",
            detail=rest.get("detail"),
        )  # fmt: skip


@dataclass(frozen=True)
class RehearsalCollector:
    """G2.2: the latest rehearsal of the plan as it is, started by the system; its way back took so long."""

    name: str = "rehearsal"
    own_facts: ClassVar[bool] = True

    def collect(self, query: Query, window: Window) -> Reading:
        """The seconds the way back took. Raises Unconfigured without a record, Lacking, Unavailable."""
        plan = build(query.facts.change_set)
        _pending([*plan.problems, *problems.of_drivers(plan, why_not)], About.REHEARSAL)
        run = _ended(query.facts.subject, digest(plan.as_json()["keys"]))
        rows = list(run.keys.order_by("position"))
        left = [row for row in rows if row.state != KeyState.PROVEN]
        if run.state == RunState.DONE:
            return self._reading(query, run, rows, seconds=settle.seconds_back(rows))
        causes = [row for row in left if row.state != KeyState.BLOCKED] or left
        words = joined([_why(row) for row in causes])
        if all(row.state in (KeyState.FAILED, KeyState.BLOCKED) for row in left):
            raise Unavailable(say("The rehearsal could not reach its targets. %(why)s", why=words))
        return self._reading(query, run, rows, seconds=None, detail=words)

    def _reading(
        self, query: Query, run: Run, rows: Sequence[Key], *,
        seconds: float | None, detail: Sentence | None = None,
    ) -> Reading:  # fmt: skip
        failed = seconds is None
        proven = sum(row.state == KeyState.PROVEN and row.leg == "back" for row in rows)
        return Reading(
            value=None if seconds is None else round(seconds, 1), passed=False if failed else None,
            unit=query.rule.unit, raw=canonical_bytes(record(run, rows)), query="rehearse", source=self.name,
            measured_at=run.ended_at or run.started_at, text=f"{proven} / {len(rows) // 2}",
            url=f"/orr/{query.facts.subject}/exit", measured_on="baseline", detail=detail,
        )  # fmt: skip


def record(run: Run, rows: Sequence[Key]) -> dict[str, Any]:
    """The rehearsal as JSON: bound to the plan's and the items' digests, a proof's hash per key."""
    return {
        "plan": run.plan_digest,
        "items": list(run.item_digests),
        "started_at": run.started_at.isoformat(),
        "ended_at": run.ended_at.isoformat() if run.ended_at else None,
        "keys": [
            {"leg": r.leg, "key": r.name, "target": r.target, "desired": r.desired, "state": r.state,
             "before": r.observed_before, "proof": r.proof_sha256}
            for r in rows
        ],
    }  # fmt: skip


def _pending(found: Sequence[Problem], about: About) -> None:
    waiting = [p.sentence for p in found if p.severity == Severity.PENDING and p.about == about]
    if waiting:
        raise Lacking(joined(waiting))


def _ended(code: str, plan_digest: str) -> Run:
    runs = Run.objects.filter(review=acts.find(code), mode=Mode.REHEARSAL, plan_digest=plan_digest)
    run = runs.exclude(state=RunState.RUNNING).order_by("-started_at").first()
    if run is None:
        running = rehearsal.latest_of(code, plan_digest) is not None
        raise Unconfigured(
            say("The rehearsal is running.") if running else say("The keys were not rehearsed yet.")
        )
    return run


def _why(row: Key) -> Sentence:
    reason = row.reason or say("it was not proven.")
    return say("%(key)s: %(reason)s", key=row.name, reason=reason)
