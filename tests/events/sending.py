"""Runs the relay in a process to be killed: `sending.py` for ever, `sending.py die` for one message."""

import os
import signal
import sys


def main(die: bool) -> None:
    """Send for ever; with `die` kill -9 comes between the broker's receipt and our mark."""
    import django

    django.setup()
    from orr.events import hub, relay
    from orr.events.models import Outgoing

    class Dying(hub.Publisher):
        def publish(self, row: Outgoing) -> None:
            super().publish(row)
            os.kill(os.getpid(), signal.SIGKILL)

    print("ready", flush=True)
    while True:
        relay.run(Dying() if die else None)


if __name__ == "__main__":
    main("die" in sys.argv)
