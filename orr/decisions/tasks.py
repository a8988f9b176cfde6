"""The sweeps as periodic tasks: an effect is at most two seconds late, and so is word of an expiry."""

from celery import shared_task

from orr.decisions import announcing, executor

SWEEP_EVERY = 1.0


@shared_task(name="decisions.sweep", ignore_result=True)
def sweep() -> None:
    """Let everything that is due take effect; running twice at once is harmless."""
    executor.sweep()


@shared_task(name="decisions.announce", ignore_result=True)
def announce() -> None:
    """Tell the event hub whose time to sign is over; running twice at once is harmless."""
    announcing.sweep()
