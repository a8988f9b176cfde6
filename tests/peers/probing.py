"""Probes of a running instance: real requests, told to whoever scrapes."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

PROBES = 12
PAUSE = 0.3
BUCKETS = (0.05, 0.1, 0.2, 0.4, 0.8, 2.0, 5.0, 10.0, 15.0, 30.0)
# What each latency is measured by.
PATHS = {"ingest": "/readyz", "search": "/v1/orr", "notify": "/healthz"}


class Figures:
    """The metrics that the probes write."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.seconds = {
            name: Histogram(f"{name}_seconds", f"GET {path}", buckets=BUCKETS, registry=self.registry)
            for name, path in PATHS.items()
        }
        self.success = Gauge("probe_success", "The last round", ["probe"], registry=self.registry)
        counted = Counter("cross_border_transfer", "Answers from abroad", ["to"], registry=self.registry)
        self.at_home = counted.labels("kr")


@contextmanager
def probing(base: str, token: str) -> Iterator[str]:
    """Probe the instance from several threads until the block ends; yields the exporter's `host:port`."""
    figures, over = Figures(), threading.Event()
    server, thread = start_http_server(0, "127.0.0.1", figures.registry)
    probes = [
        threading.Thread(target=_probe, args=(str(number), base, token, figures, over), daemon=True)
        for number in range(PROBES)
    ]
    for probe in probes:
        probe.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        over.set()
        for probe in probes:
            probe.join(30)
        server.shutdown()
        server.server_close()
        thread.join(5)


def _probe(number: str, base: str, token: str, figures: Figures, over: threading.Event) -> None:
    said = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=base, headers=said, timeout=20) as client:
        while not over.is_set():
            answers = []
            for name, path in PATHS.items():
                began = time.monotonic()
                answers.append(_answers(client, path))
                figures.seconds[name].observe(time.monotonic() - began)
                over.wait(PAUSE)
            figures.success.labels(number).set(all(answers))


def _answers(client: httpx.Client, path: str) -> bool:
    try:
        return client.get(path).is_success
    except httpx.TransportError:
        return False
