"""The relay as a task: woken by each commit that wrote an event, and swept by beat."""

from threading import Lock

from celery import shared_task

from orr.events import relay as relaying

# A broker that hangs must hold one thread of a worker, and not all of them.
_sending = Lock()


@shared_task(name="events.relay", ignore_result=True)
def relay() -> None:
    """Send what waits; running twice at once is harmless."""
    if not _sending.acquire(blocking=False):
        return
    try:
        relaying.run()
    finally:
        _sending.release()


@shared_task(name="events.forget_probes", ignore_result=True)
def forget_probes() -> None:
    """Delete the probes that are of no more use."""
    relaying.forget_probes()


def wake() -> None:
    """Ask a worker to send; when the broker is away, the sweep does it later."""
    relay.apply_async(retry=False)
