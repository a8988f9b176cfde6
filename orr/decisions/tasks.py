"""The sweep as a periodic task: an effect is at most two seconds late."""

from celery import shared_task

from orr.decisions import executor

SWEEP_EVERY = 1.0


@shared_task(name="decisions.sweep", ignore_result=True)
def sweep() -> None:
    """Let everything that is due take effect; running twice at once is harmless."""
    executor.sweep()
