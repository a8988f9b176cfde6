"""A small exporter whose numbers the test sets; every scrape is answered in OpenMetrics text."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Exporter:
    """A latency histogram, a probe and transfer counters, as they would be of a service under load."""

    def __init__(self, le: tuple[str, ...] = ("0.4", "0.8", "2.0")) -> None:
        self.le = le
        self.buckets = dict.fromkeys((*le, "+Inf"), 0)
        self.probe: int | None = 1
        self.transfers: dict[str, int] = {"kr": 0}
        self.exemplar = ""
        self.port = 0
        self.per_scrape: dict[float, int] = {}
        self._lock = threading.Lock()

    def text(self) -> bytes:
        """The metrics now; each scrape sees the observations of `per_scrape` {seconds: count} added."""
        with self._lock:
            for seconds, count in self.per_scrape.items():
                for le in self.buckets:
                    if seconds <= float(le):
                        self.buckets[le] += count
            lines = ["# TYPE search_seconds histogram"]
            for le, count in self.buckets.items():
                mark = f" # {self.exemplar}" if self.exemplar and le == "2.0" and count else ""
                lines.append(f'search_seconds_bucket{{le="{le}"}} {count}{mark}')
            lines.append(f"search_seconds_count {self.buckets['+Inf']}")
            if self.probe is not None:
                lines += ["# TYPE probe_success gauge", f"probe_success {self.probe}"]
            # Counted before anybody scraped, and never since.
            lines += ["# TYPE visits counter", "visits_total 7"]
            lines.append("# TYPE cross_border_transfer counter")
            lines += [f'cross_border_transfer_total{{to="{to}"}} {n}' for to, n in self.transfers.items()]
            return ("\n".join(lines) + "\n# EOF\n").encode()


@contextmanager
def exporting(exporter: Exporter) -> Iterator[str]:
    """Serve the exporter on loopback; yields ``host:port``."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = exporter.text()
            self.send_response(200)
            self.send_header("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Scrapes are not worth a line."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
