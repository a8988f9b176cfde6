"""The outside systems of a review: they can go away and come back, at the same addresses."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread

import psycopg

from tests.demo.peers import ask, free_port, prometheus
from tests.peers.instance import database_url
from tests.peers.registry import registry

WINDOW = 20
HELD, FREE = 1.5, 0.2

SOURCES = """
[sources.metrics]
kind = "prometheus"
url = "{metrics}"
internal = true
[sources.registry]
kind = "oci"
url = "{registry}"
internal = true
[sources.lake]
kind = "postgres"
url = "{lake}"
internal = true
[sources.plant]
kind = "webhook"
url = "{plant}"
internal = true
secret_env = "PLANT_SECRET"

[items."G4.3"]
source = "lake"
schemas = ["lake"]
probe = {{ setting = "app.tenant", value = "acme", column = "tenant" }}
"""
METRIC = """
[items."{item}"]
source = "metrics"
metric = "{metric}"
selector = 'job="plant"'
window = "{n}s"
"""
METRICS = {
    "G1.1": "ingest_seconds", "G1.2": "search_seconds", "G1.3": "notify_seconds", "G1.4": "probe_success",
    "G3.2": "cross_border_transfer_total",
}  # fmt: skip


class Outside:
    """A registry and a Prometheus; what they hold outlives a stop."""

    def __init__(self, directory: Path) -> None:
        self.targets: list[str] = []
        self._ports = {name: free_port() for name in ("registry", "metrics")}
        self._homes = {name: directory / name for name in self._ports}
        for home in self._homes.values():
            home.mkdir()
        self._running = ExitStack()

    def url(self, name: str) -> str:
        """Where `registry` or `metrics` is, running or not."""
        return f"http://127.0.0.1:{self._ports[name]}"

    def start(self, *names: str) -> None:
        """Start these, both unless said."""
        home, port = self._homes, self._ports
        if "registry" in (names or port):
            self._running.enter_context(registry(home["registry"], port["registry"]))
        if "metrics" in (names or port):
            self._running.enter_context(prometheus(home["metrics"], self.targets, port=port["metrics"]))

    def stop(self) -> None:
        """Both go away."""
        self._running.close()

    def file(self, path: Path, *, lake: str, plant: str) -> Path:
        """The sources file that names all of them."""
        places = {name: self.url(name) for name in self._ports}
        text = SOURCES.format(lake=lake, plant=plant, **places)
        metrics = (METRIC.format(item=item, metric=metric, n=WINDOW) for item, metric in METRICS.items())
        path.write_text(text + "".join(metrics), encoding="utf-8")
        return path

    def number(self, query: str) -> float:
        """What the Prometheus itself answers, 0 for nothing."""
        found = ask(self.url("metrics"), "/api/v1/query", query=query)["data"]["result"]
        return float(found[0]["value"][1]) if found else 0.0

    def measured(self) -> bool:
        """Whether the window holds as many samples as the standard profile asks for."""
        probes = self.number(f"sum(count_over_time(probe_success[{WINDOW}s]))")
        return probes >= 700 and self.number(f"sum(increase(notify_seconds_count[{WINDOW}s]))") >= 120


def until(true: Callable[[], bool], what: str, seconds: float = 60, pause: float = 0.5) -> None:
    """Wait for it; fails with `what` when the time is over."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(pause)


@contextmanager
def slow() -> Iterator[None]:
    """The instance is really slow: again and again somebody holds a table that every call by token needs."""
    over, url = Event(), database_url()

    def hold() -> None:
        with psycopg.connect(url) as session:
            while not over.is_set():
                session.execute("LOCK TABLE api_ratewindow IN ACCESS EXCLUSIVE MODE")
                over.wait(HELD)
                session.rollback()
                over.wait(FREE)

    thread = Thread(target=hold, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(10)
