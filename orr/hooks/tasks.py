"""The outbox as tasks: woken after an act, and swept for what no wake-up reached."""

import logging
from threading import Lock

from celery import shared_task

from orr.hooks import answers, sending
from orr.lib.errors import OrrError

logger = logging.getLogger(__name__)
SWEEP_EVERY = 5.0
# A forge that hangs must hold one thread of a worker, and not all of them.
_sending = Lock()


@shared_task(name="hooks.send", ignore_result=True)
def send() -> None:
    """Send every answer that is due, unless a thread of this worker does; running twice is harmless."""
    if not _sending.acquire(blocking=False):
        return
    try:
        sending.send_due()
    finally:
        _sending.release()


@shared_task(name="hooks.sweep", ignore_result=True)
def sweep() -> None:
    """Answer what time alone has decided, then send what is due. One that fails keeps no other from it."""
    for code in answers.waiting():
        try:
            answers.look(code)
        except OrrError as refusal:
            logger.warning("no answer for %s: %s", code, refusal)
        except Exception:
            logger.exception("no answer for %s", code)
    send()
