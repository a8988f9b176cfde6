"""Wakes a worker for the answers that wait; the broker only wakes, and the sweep finds the rest."""

import logging

logger = logging.getLogger(__name__)


def wake() -> None:
    """Ask a worker to send what waits. Without a broker nothing is lost but time."""
    from orr.hooks.tasks import send

    try:
        send.apply_async(retry=False)
    except Exception as error:
        logger.warning("no worker could be woken for the answers: %s", error)
