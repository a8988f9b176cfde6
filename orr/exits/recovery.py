"""The recovery probe: the gate 1 objectives over samples since the last proven key alone."""

import logging
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evidence import registry
from evidence.contract import Facts, Query, Window
from evidence.verdict import Measured, Verdict, judge
from orr.exits.models import KeyState, Mode, Run, RunState
from orr.lib import clock
from orr.lib.errors import OrrError
from orr.lib.sentence import Sentence, say
from orr.profiles.schema import Rule
from orr.reviews.actions import facts_of
from orr.reviews.models import Review

log = logging.getLogger(__name__)
LOOK_EVERY = 2.0
MEASURING, GREEN, NOT_GREEN, NOT_MEASURED = "measuring", "green", "not_green", "not_measured"


def objectives(review: Review) -> list[Rule]:
    """The gate 1 rules that apply to the review."""
    kinds = review.change_set.kinds
    return [rule for rule in review.rules.items.values() if rule.gate == 1 and rule.applies_to(kinds)]


def least_seconds(review: Review) -> int:
    """How long after the last proven key samples have to be there, in seconds."""
    return review.rules.recovery.seconds


@dataclass(frozen=True)
class Since:
    """The moments the probe stands on: the last proof, and now."""

    last_proven: datetime
    now: datetime

    @property
    def seconds(self) -> float:
        """How long ago the last key was proven."""
        return (self.now - self.last_proven).total_seconds()


class Probe:
    """Looks at the core metrics of one run, again and again, until they are green or the time is up."""

    def __init__(self, run_id: uuid.UUID) -> None:
        self._run_id = run_id
        self._looked = float("-inf")

    def look(self) -> Mapping[str, Any] | None:
        """What was found once the run may end by it, else None. Every in-clock key has to have ended."""
        run = Run.objects.select_related("review__change_set").get(pk=self._run_id)
        states = list(run.keys.filter(in_clock=True).values_list("state", flat=True))
        if run.mode == Mode.REHEARSAL or run.state != RunState.RUNNING:
            return {}
        last = run.keys.filter(in_clock=True).exclude(proven_at=None).order_by("-proven_at").first()
        if last is None or last.proven_at is None:
            return {"state": NOT_MEASURED, "items": [], "reason": say("No key was proven.").as_json()}
        since = Since(last.proven_at, clock.now())
        over = since.now >= run.deadline
        if since.seconds < least_seconds(run.review) and not over:
            return None
        if time.monotonic() - self._looked < LOOK_EVERY and not over:
            return None
        self._looked = time.monotonic()
        found = measured(run.review, since)
        # With a key left a person is needed at once: one look says where the service stands.
        if found["state"] == GREEN or over or any(state != KeyState.PROVEN for state in states):
            return found
        Run.objects.filter(pk=run.pk, state=RunState.RUNNING).update(recovery={**found, "state": MEASURING})
        return None


def measured(review: Review, since: Since) -> dict[str, Any]:
    """Every objective read now: `{state, since, items: [{code, value, verdict, reason, …}], reason}`."""
    rules = objectives(review)
    minimum = review.rules.recovery.min_samples
    if not rules:
        reason = say("The profile has no core metric, so recovery cannot be seen.")
        return _found(NOT_MEASURED, since, [], reason)
    with ThreadPoolExecutor(len(rules)) as pool:
        facts = facts_of(review)
        items = list(pool.map(lambda rule: _one(rule, facts, since, minimum), rules))
    green = all(item["verdict"] == Verdict.GREEN for item in items)
    not_green = None if green else say("The core metrics are not green again.")
    return _found(GREEN if green else NOT_GREEN, since, items, not_green)


def _found(state: str, since: Since, items: list[dict[str, Any]], reason: Sentence | None) -> dict[str, Any]:
    return {
        "state": state,
        "since": since.last_proven.isoformat(),
        "measured_at": since.now.isoformat(),
        "items": items,
        "reason": reason.as_json() if reason else None,
    }


def _one(rule: Rule, facts: Facts, since: Since, minimum: int) -> dict[str, Any]:
    """One objective, judged with the probe's own minimum of samples."""
    own = rule.model_copy(update={"min_samples": minimum, "measured_on": "any"})
    try:
        window = Window(since.last_proven, since.now)
        reading = registry.collector(rule.code).collect(Query(rule.code, own, facts), window)
        stored = Measured(
            outcome="reading", measured_at=since.now, value=reading.value, passed=reading.passed,
            samples=reading.samples, unit=reading.unit, reason=reading.detail,
        )  # fmt: skip
    except OrrError as error:
        stored = Measured(outcome="error", measured_at=since.now, reason=error.sentence)
    except Exception:
        log.exception("the recovery probe could not measure %s", rule.code)
        unexpected = say("The probe failed unexpectedly; see the server's log.")
        stored = Measured(outcome="error", measured_at=since.now, reason=unexpected)
    judged = judge(stored, own, since.now)
    return {
        "code": rule.code,
        "verdict": judged.verdict.value,
        "value": stored.value,
        "unit": rule.unit,
        "comparator": rule.comparator,
        "threshold": rule.threshold,
        "samples": stored.samples,
        "reason": judged.reason.as_json() if judged.reason else None,
    }
