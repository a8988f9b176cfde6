"""The outbox as tasks: woken after an act, and swept for what no wake-up reached."""

import logging

from celery import shared_task

from orr.hooks import answers, sending
from orr.lib.errors import OrrError

logger = logging.getLogger(__name__)
SWEEP_EVERY = 5.0


@shared_task(name="hooks.send", ignore_result=True)
def send() -> None:
    """Send every answer that is due; running twice at once is harmless."""
    sending.send_due()


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
    sending.send_due()
