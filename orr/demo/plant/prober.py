"""Ask the plant from outside ten times a second, as a customer would, and keep each answer."""

import http.client
import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from orr.demo.plant.metrics import Metrics
from orr.demo.plant.samples import Store

INTERVAL = 0.1  # seconds
_TIMEOUT = 2.0
_AT_ONCE = 24  # probes under way: enough for the interval even when each one runs into its timeout
_PATHS = ("/search?q=beacon", "/search?q=failed+login", "/search?q=malware")
_SERVICE = "search"


class Prober:
    """Each probe is one HTTP request on its own clock tick; a late tick is caught up, none is made up."""

    def __init__(self, port: int, metrics: Metrics, store: Store, labels: dict[str, str]) -> None:
        self._port = port
        self._metrics = metrics
        self._store = store
        self._labels = {"service": _SERVICE, **labels}
        self._local = threading.local()
        self._connections: list[http.client.HTTPConnection] = []
        self._order = threading.Lock()

    def run(self, stop: threading.Event) -> None:
        due = time.monotonic()
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="probe") as pool:
            for path in itertools.cycle(_PATHS):
                due += INTERVAL
                if stop.wait(max(0.0, due - time.monotonic())):
                    break
                pool.submit(self._probe, path)
        for connection in self._connections:
            connection.close()

    def _probe(self, path: str) -> None:
        started = time.monotonic()
        ok = self._ask(path)
        took = time.monotonic() - started
        with self._order:
            self._metrics.probe.labels(_SERVICE).set(ok)
            self._metrics.probe_seconds.labels(_SERVICE).set(took)
            while not self._store.append("probe_success", self._labels, round(time.time() * 1000), float(ok)):
                time.sleep(0.001)  # two probes ended in the same millisecond
            at = round(time.time() * 1000)
            self._store.append("probe_duration_seconds", self._labels, at, took)

    def _ask(self, path: str) -> bool:
        connection: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT)
            self._local.connection = connection
            self._connections.append(connection)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status == 200 and answer.read().startswith(b'{"found":')
        except (OSError, http.client.HTTPException):
            connection.close()
            return False
