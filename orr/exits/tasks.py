"""Celery only wakes: what is due stands in the database, and the sweep finds what no wake-up reached."""

import uuid

from celery import shared_task
from django.db.models import Q

from orr.exits import rehearsal, watch
from orr.exits.engine import Engine
from orr.exits.models import OPEN_KEYS, Mode, Run, RunState
from orr.lib import clock


@shared_task(name="exits.drive", ignore_result=True)
def drive(run_id: str) -> None:
    """Drive one run until it ended; nothing happens where another process does, or where it has to wait."""
    run = Run.objects.get(pk=run_id)
    if run.mode == Mode.REHEARSAL and rehearsal.must_wait(run) and clock.now() < run.deadline:
        return
    Engine(after_end=rehearsal.ended).drive(uuid.UUID(run_id))


@shared_task(name="exits.sweep", ignore_result=True)
def sweep() -> None:
    """Wake a worker for every run that nobody drives."""
    now = clock.now()
    undriven = Q(driven_until=None) | Q(driven_until__lt=now)
    clean_up = Q(state=RunState.DONE, keys__in_clock=False, keys__state__in=OPEN_KEYS)
    due = Run.objects.filter(undriven & (Q(state=RunState.RUNNING) | clean_up)).order_by("mode", "started_at")
    for run_id in due.values_list("pk", flat=True).distinct():
        watch.wake(run_id)


@shared_task(name="exits.rehearse", ignore_result=True)
def rehearse() -> None:
    """Rehearse again where the last rehearsal grows old, or failed."""
    rehearsal.renew()
