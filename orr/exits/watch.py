"""Where somebody pressed Exit, that process sees to it: it wakes a worker, or drives itself if none comes."""

import logging
import threading
import time
import uuid

from django.db import connection

from orr.exits.engine import Engine
from orr.exits.models import Run, RunState
from orr.lib import clock

log = logging.getLogger(__name__)
PATIENCE = 2.0
LOOK_EVERY = 0.25
_watched: set[uuid.UUID] = set()
_lock = threading.Lock()


def begin(run_id: uuid.UUID) -> None:
    """Watch the run from a thread of its own until it ended; once per process, however often called."""
    with _lock:
        if run_id in _watched:
            return
        _watched.add(run_id)
    threading.Thread(target=_watch, args=(run_id,), name=f"exit-{run_id}", daemon=True).start()


def _watch(run_id: uuid.UUID) -> None:
    try:
        wake(run_id)
        time.sleep(LOOK_EVERY)
        began = time.monotonic()
        while _running(run_id):
            if time.monotonic() - began >= PATIENCE and not _driven(run_id):
                Engine().drive(run_id)
            time.sleep(LOOK_EVERY)
    except Exception:
        log.exception("the run %s is left to the sweep", run_id)
    finally:
        connection.close()
        with _lock:
            _watched.discard(run_id)


def wake(run_id: uuid.UUID) -> None:
    """Ask a worker to drive the run. The broker only wakes: when it is away, nothing is lost but time."""
    from orr.exits.tasks import drive

    try:
        drive.apply_async(args=(str(run_id),), retry=False)
    except Exception as error:
        log.warning("no worker could be woken for the run %s: %s", run_id, error)


def _running(run_id: uuid.UUID) -> bool:
    return Run.objects.filter(pk=run_id, state=RunState.RUNNING).exists()


def _driven(run_id: uuid.UUID) -> bool:
    return Run.objects.filter(pk=run_id, driven_until__gt=clock.now()).exists()
