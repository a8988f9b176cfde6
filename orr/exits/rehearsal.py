"""The rehearsal of an Exit: the same engine on shadow targets, forward and back, started by the system."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Q

from evidence import actions as evidence_actions
from orr.accounts import people
from orr.exits import intent, watch
from orr.exits.models import OPEN_KEYS, Mode, Run, RunState
from orr.lib import clock
from orr.lib.canonical import digest
from orr.plans.plan import build
from orr.reviews import acts
from orr.reviews.actions import facts_of, rules_of
from orr.reviews.models import Review
from orr.reviews.states import COLLECTING, State
from orr.tlog import log as tlog

ITEM = "G2.2"
TRY_AGAIN = timedelta(minutes=5)


def on_review(*, subject: str, **_: Any) -> None:
    """Start a rehearsal of this review; listens to its opening and to edits of its change set."""
    start(acts.find(subject))


@transaction.atomic
def start(review: Review) -> Run | None:
    """Write the intent of a rehearsal and wake a worker; None where nothing can be rehearsed or one runs."""
    review = acts.lock(review.code)
    plan = build(review.body)
    running = review.runs.filter(mode=Mode.REHEARSAL, state=RunState.RUNNING)
    if not intent.rehearsable(plan) or running.exists():
        return None
    run = intent.write(review=review, mode=Mode.REHEARSAL, plan=plan, actor=people.system(), reason="")
    tlog.append(
        kind="rehearsal.started",
        review=review.code,
        artefacts={"plan": run.plan_digest, "intent": intent.sealed(run)},
        actor=None,
    )
    acts.touch(review.code)
    transaction.on_commit(lambda: watch.wake(run.pk), robust=True)
    return run


def latest(review: Review) -> Run | None:
    """The latest rehearsal of the plan as it is now."""
    return latest_of(review.code, digest(build(review.body).as_json()["keys"]))


def latest_of(code: str, plan_digest: str) -> Run | None:
    """The latest rehearsal of that plan, running or ended."""
    runs = Run.objects.filter(review=acts.find(code), mode=Mode.REHEARSAL, plan_digest=plan_digest)
    return runs.order_by("-started_at").first()


def ended(run: Run) -> None:
    """After a rehearsal: rehearse the plan anew if it changed meanwhile, else ask for its evidence."""
    if run.mode != Mode.REHEARSAL:
        return
    wake_next()
    review = acts.find(run.review.code)
    if review.state not in COLLECTING:
        return
    if latest(review) is None and start(review) is not None:
        return
    evidence_actions.request_collection(
        facts=facts_of(review), rules=rules_of(review), actor=people.system(), only=[ITEM]
    )


def must_wait(run: Run) -> bool:
    """Whether an older rehearsal still needs one of its shadow targets; no worker is to wait for that."""
    older = Run.objects.filter(mode=Mode.REHEARSAL, state=RunState.RUNNING, started_at__lt=run.started_at)
    return older.filter(keys__target__in=run.keys.values("target"), keys__state__in=OPEN_KEYS).exists()


def wake_next() -> None:
    """Wake a worker for the oldest rehearsal that nobody drives."""
    waiting = Run.objects.filter(mode=Mode.REHEARSAL, state=RunState.RUNNING)
    undriven = waiting.filter(Q(driven_until=None) | Q(driven_until__lt=clock.now()))
    for run_id in undriven.order_by("started_at").values_list("pk", flat=True)[:1]:
        watch.wake(run_id)


def renew() -> None:
    """Rehearse again where half of the freshness has passed since the last one, or it failed."""
    now = clock.now()
    open_ = Review.objects.filter(state__in=(State.CHECKING, State.PROPOSED, State.VOID))
    for review in open_.select_related("change_set", "requester"):
        last = review.runs.filter(mode=Mode.REHEARSAL).aggregate(at=Max("started_at"))["at"]
        if last is None or now - last >= _pause(review):
            start(review)


def _pause(review: Review) -> timedelta:
    run = latest(review)
    if run is None or run.state not in (RunState.RUNNING, RunState.DONE):
        return TRY_AGAIN
    return timedelta(seconds=review.rules.items[ITEM].freshness / 2)
