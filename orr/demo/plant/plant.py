"""All parts of the plant, wired and started."""

import logging
import threading
import time
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from pathlib import Path

import psycopg
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics

from orr.demo.plant.api import Api
from orr.demo.plant.book import Book
from orr.demo.plant.catalogue import Catalogue
from orr.demo.plant.cost import Meter
from orr.demo.plant.exemplars import Exemplars
from orr.demo.plant.faults import Faults
from orr.demo.plant.http import Request, Response, Routes, json_response, server
from orr.demo.plant.lake import Lake
from orr.demo.plant.load import Load
from orr.demo.plant.metrics import Metrics
from orr.demo.plant.notify import Notify
from orr.demo.plant.page import Page
from orr.demo.plant.policy import Policy
from orr.demo.plant.prober import Prober
from orr.demo.plant.promapi import PromApi
from orr.demo.plant.recovery import Recovery
from orr.demo.plant.registry import Registry
from orr.demo.plant.sampler import Sampler
from orr.demo.plant.samples import Store
from orr.demo.plant.search import Search
from orr.demo.plant.targets import Targets
from orr.demo.plant.traces import Traces
from orr.demo.plant.triage import Incident, Triage
from orr.demo.plant.webhook import Door, secret_of
from orr.demo.plant.wiki import Wiki

DAY = 90_000_000  # milliseconds; a counter asked over 24 h keeps 25
_LAKE_EVERY = 1.0  # seconds between incidents that go to the lake
_LAKE_ROWS = 2_000
_MOVED_TO = "2.17.4"
_log = logging.getLogger(__name__)


class Plant:
    """Start with `start()`, end with `stop()`; `port` 0 takes a free one. `pace` scales apply times."""

    def __init__(self, directory: Path, port: int, owner_url: str | None = None, pace: float = 1.0) -> None:
        self.stopping = threading.Event()
        self.book = Book(directory)
        self.catalogue, self.metrics, self.traces = Catalogue(), Metrics(), Traces()
        self.faults = Faults(self.book)
        self.targets = Targets(self.book, self.catalogue, pace)
        self.store = Store(longer={"cross_border_transfer_total": DAY})
        self.exemplars = Exemplars()
        self.recovery = Recovery(directory, self.faults)
        self.policy = Policy(self.faults)
        self.notify = Notify(self.targets, self.faults, self.metrics)
        self.triage = Triage(
            self.catalogue, self.targets, self.faults, self.metrics, self.traces, self._incident
        )
        self.search = Search(self.targets, self.faults, self.metrics, self.traces, self.triage)
        self.secret = secret_of(directory)
        self.wiki = Wiki(directory / "runbooks")
        self.lake = Lake(owner_url) if owner_url else None
        self._lake_due = 0.0
        self.routes = Routes()
        self.server: ThreadingHTTPServer = server(port, self.routes)
        self.port = int(self.server.server_address[1])
        self._threads: list[threading.Thread] = []
        self._route()

    def start(self) -> None:
        """Make the lake, then start every worker; returns when requests are answered."""
        self._hooks()
        scraped = {"job": "plant", "instance": f"127.0.0.1:{self.port}"}
        load = Load(self.triage, self.search, self.policy, self.faults, self.metrics)
        sampler = Sampler(self.metrics, self.store, self.exemplars, scraped)
        prober = Prober(self.port, self.metrics, self.store, scraped)
        workers: list[Callable[[threading.Event], None]] = [
            self.triage.run, self.notify.run, sampler.run, load.send_events, load.ask, prober.run,
        ]  # fmt: skip
        self._thread("server", self.server.serve_forever)
        for worker in workers:
            self._thread(worker.__qualname__, worker, self.stopping)

    def stop(self) -> None:
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()
        for thread in self._threads:
            thread.join(timeout=5)
        self.book.close()

    def _thread(self, name: str, work: Callable[..., object], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _incident(self, incident: Incident) -> None:
        self.notify.accept(incident)
        self.search.add(incident)
        self.recovery.record(incident)
        if self.lake is not None and time.monotonic() >= self._lake_due:
            self._lake_due = time.monotonic() + _LAKE_EVERY
            threading.Thread(target=self._store, args=(incident,), daemon=True).start()

    def _store(self, incident: Incident) -> None:
        if self.lake is None:
            return
        try:
            events = [(event.id, event.message) for event in incident.events]
            self.lake.add(incident.id, incident.tenant, incident.host, events)
            self.lake.trim(_LAKE_ROWS)
        except psycopg.Error:
            _log.exception("the lake took no incident")

    def _hooks(self) -> None:
        self.faults.on_change("tag_moved", self._move_tag)
        if self.lake is not None:
            self.lake.make()
            self.faults.on_change("lake_open", self.lake.open_view)
            self.lake.open_view("lake_open" in self.faults)

    def _move_tag(self, moved: bool) -> None:
        other = self.catalogue.find("image", "search-api", _MOVED_TO)
        target = "image/search-api"
        if other is None:
            raise LookupError(f"search-api {_MOVED_TO} is not in the catalogue")
        if moved and self.targets.current(target) != other.digest:
            self.targets.put(target, other.digest)
        elif not moved and self.targets.current(target) == other.digest:
            self.targets.put(target, self.targets.previous(target))

    def _route(self) -> None:
        api = Api(
            self.catalogue, self.targets, self.faults, self.triage, self.search, self.policy,
            self.recovery, Meter(self.metrics), self.traces,
        )  # fmt: skip
        page = Page(self.faults, self.targets, self.store)
        door = Door(self.secret, self.targets, self.faults, self.stopping)
        registry = Registry(self.catalogue, self.targets)
        for methods, path, handler in (
            ("GET HEAD", "/", page.show),
            ("POST", "/switch", page.turn),
            ("GET", "/style.css", page.style),
            ("GET", "/graph", page.graph),
            ("GET", "/search", api.find),
            ("GET", "/driver", door.observe),
            ("POST", "/driver", door.apply),
            ("GET HEAD", "/v2/", lambda request: json_response({})),
            ("GET HEAD", "/v2/{name}/manifests/{reference}", registry.manifest),
            ("PUT", "/v2/{name}/manifests/{tag}", registry.put),
            ("GET HEAD", "/v2/{name}/blobs/{digest}", registry.blob),
            ("GET", "/v2/{name}/tags/list", registry.tags),
            ("GET", "/state", api.state),
            ("GET", "/artefacts", api.artefacts),
            ("GET", "/artefacts/{kind}/{name}/{reference}", api.artefact),
            ("GET", "/flags/{name}", api.flag),
            ("GET", "/events", api.recent_events),
            ("POST", "/replay", api.replay),
            ("POST", "/v1/data/plant/allow", api.policy),
            ("POST", "/rehearse/{what}", api.rehearse),
            ("GET", "/cost", api.cost),
            ("GET", "/traces/{trace}", api.trace),
            ("GET HEAD", "/runbooks/{service}", self.wiki.page),
            ("GET POST", "/api/v1/{path:path}", self._prometheus),
            ("GET", "/metrics", self._metrics),
            ("GET", "/healthz", lambda request: json_response({"ok": True})),
        ):
            self.routes.add(methods, path, handler)

    def _prometheus(self, request: Request, path: str) -> Response:
        if "metrics_away" in self.faults:
            return json_response({"status": "error", "errorType": "unavailable", "error": "away"}, 503)
        params = {**request.query, **(request.form if request.method == "POST" else {})}
        status, body = PromApi(self.store, self.exemplars).answer(path, params)
        return Response(status, body)

    def _metrics(self, request: Request) -> Response:
        """OpenMetrics, with exemplars, for a scraper that asks for it."""
        if "application/openmetrics-text" in request.headers.get("accept", ""):
            body = openmetrics.generate_latest(self.metrics.registry)  # type: ignore[no-untyped-call]
            kind = openmetrics.CONTENT_TYPE_LATEST
        else:
            body, kind = generate_latest(self.metrics.registry), CONTENT_TYPE_LATEST
        return Response(200, body, kind)
