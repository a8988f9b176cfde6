"""Sends answers in a process that dies by itself: `die.py claimed` before it tells, `die.py told` after."""

import os
import sys
from typing import Any


def main(point: str) -> None:
    """Die there."""
    import django

    django.setup()
    from orr.hooks import sending

    tell = sending._tell

    def dying(answer: Any) -> None:
        if point == "told":
            tell(answer)
        os._exit(9)

    sending._tell = dying
    sending.send_due()


if __name__ == "__main__":
    main(sys.argv[1])
