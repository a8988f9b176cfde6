"""Run the plant: `python -m orr.demo.plant --port 8099 --state DIR`."""

import argparse
import logging
import os
import signal
import threading
from pathlib import Path

from orr.demo.plant.place import owner_url, plant_port
from orr.demo.plant.plant import Plant


def main() -> None:
    """Serve until SIGTERM or SIGINT; the lake is made in the cluster of the owner's address."""
    home = Path(os.environ.get("PLURA_STATE", "var"))
    parser = argparse.ArgumentParser(prog="plant", description=__doc__)
    parser.add_argument("--port", type=int, default=plant_port())
    parser.add_argument("--state", type=Path, default=home / "plant")
    given = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(name)s %(message)s")
    plant = Plant(given.state, given.port, owner_url(home))
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    plant.start()
    print(f"plant http://127.0.0.1:{plant.port}", flush=True)
    done.wait()
    plant.stop()


if __name__ == "__main__":
    main()
