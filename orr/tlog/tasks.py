"""The sequencer as a task: woken by each commit that logged something, and swept by beat."""

import logging

from celery import shared_task

from orr.lib.errors import OrrError
from orr.tlog.sequencer import sequence as run_sequencer

logger = logging.getLogger(__name__)


@shared_task(name="tlog.sequence", ignore_result=True)
def sequence() -> None:
    """Index and sign what is pending; a refusal is logged loudly and tried again by the next sweep."""
    try:
        run_sequencer()
    except OrrError as refusal:
        logger.error("transparency log: %s", refusal)


def wake() -> None:
    """Ask a worker to run the sequencer; when the broker is away, the sweep does it later."""
    sequence.apply_async(retry=False)
