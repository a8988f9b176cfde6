"""The notifier as a task: swept by beat, so that it starts again with every worker; both may run twice."""

import logging
from threading import Lock

from celery import shared_task

from orr.events import hub
from orr.messages import notify as notifier

logger = logging.getLogger(__name__)

# A broker that hangs must hold one thread of a worker, and not all of them.
_reading = Lock()


@shared_task(name="messages.notify", ignore_result=True)
def notify() -> None:
    """Receive what the hub holds for us."""
    if not _reading.acquire(blocking=False):
        return
    try:
        notifier.drain()
    except hub.Away as away:
        logger.info("nothing received: %s", away)
    finally:
        _reading.release()


def wake() -> None:
    """Ask a worker to read the queue now."""
    notify.apply_async(retry=False)
