"""Run the plant: `python -m orr.demo.plant --port 8099 --state DIR`."""

import argparse
import logging
import os
import signal
import threading
from pathlib import Path

from orr.demo.plant.plant import Plant


def main() -> None:
    """Serve until SIGTERM or SIGINT. DATABASE_OWNER_URL makes the lake in that cluster."""
    parser = argparse.ArgumentParser(prog="plant", description=__doc__)
    parser.add_argument("--port", type=int, default=int(os.environ.get("PLANT_PORT", "8099")))
    parser.add_argument("--state", type=Path, required=True)
    given = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(name)s %(message)s")
    plant = Plant(given.state, given.port, os.environ.get("DATABASE_OWNER_URL"))
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    plant.start()
    print(f"plant http://127.0.0.1:{plant.port}", flush=True)
    done.wait()
    plant.stop()


if __name__ == "__main__":
    main()
