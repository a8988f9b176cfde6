"""The sweep as a periodic task: a policy comes into force at most two seconds late."""

from celery import shared_task

from orr.policies import executor

SWEEP_EVERY = 1.0


@shared_task(name="policies.sweep", ignore_result=True)
def sweep() -> None:
    """Look after everything that is proposed; running twice at once is harmless."""
    executor.sweep()
