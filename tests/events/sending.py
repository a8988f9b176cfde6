"""Runs the relay, or our reader, in a process to be killed.

`sending.py` sends for ever, `sending.py die` one message, `sending.py take` takes one and dies.
"""

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
    if "take" in sys.argv:
        with hub.reading() as reader:
            assert reader.take(1).messages
            os.kill(os.getpid(), signal.SIGKILL)
    while True:
        relay.run(Dying() if die else None)


if __name__ == "__main__":
    main("die" in sys.argv)
