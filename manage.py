#!/usr/bin/env python3
"""The one entry point: makes what is missing on a bare machine, then runs the command."""

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036
    # These lines must be readable by the Python that is too old.
    found = "%d.%d" % sys.version_info[:2]  # noqa: UP031
    sys.exit("plura orr needs Python 3.11 or newer, this is " + found + ": start it by a newer one's name.")


def main() -> None:
    """Go on inside the virtual environment, and hand over to the command."""
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    from orr import bootstrap

    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    bootstrap.enter(bootstrap.TEST if command == "test" else bootstrap.RUNTIME)

    from orr.supervise import commands

    sys.exit(commands.run(command, sys.argv[2:]))


if __name__ == "__main__":
    main()
