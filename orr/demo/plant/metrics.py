"""What the plant measures about itself, in Prometheus' words."""

from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]

INGEST = (0.5, 1, 2, 3, 5, 8, 10, 12, 15, 20, 30, 60)
SEARCH = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.5, 2.5, 5)
NOTIFY = (0.25, 0.5, 1, 2, 3, 5, 8, 10, 15, 30)


@dataclass(frozen=True)
class Metrics:
    """One registry per plant, so that tests can run several."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    ingest: Histogram = field(init=False)
    search: Histogram = field(init=False)
    notify: Histogram = field(init=False)
    errors: Counter = field(init=False)
    transfers: Counter = field(init=False)
    units: Counter = field(init=False)
    probe: Gauge = field(init=False)
    probe_seconds: Gauge = field(init=False)

    def __post_init__(self) -> None:
        made = {
            "ingest": self._histogram("ingest_to_incident_seconds", "Event accepted to incident.", INGEST),
            "search": self._histogram("search_seconds", "One search.", SEARCH),
            "notify": self._histogram("notify_seconds", "Incident to delivered notice.", NOTIFY),
            "errors": Counter("request_errors", "Failed requests.", ["service"], registry=self.registry),
            "transfers": Counter(
                "cross_border_transfer",
                "Events sent out of their region.",
                ["purpose", "destination"],
                registry=self.registry,
            ),
            "units": Counter("cost_units", "Billed units of work.", ["service"], registry=self.registry),
            "probe": Gauge("probe_success", "The last probe.", ["service"], registry=self.registry),
            "probe_seconds": Gauge(
                "probe_duration_seconds", "The last probe.", ["service"], registry=self.registry
            ),
        }
        for name, metric in made.items():
            object.__setattr__(self, name, metric)
        # A counter that isn't there yet is unknown, not zero.
        self.transfers.labels("analytics", "eu")
        for service in ("search", "ingest", "notify"):
            self.errors.labels(service)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(name, text, ["track"], buckets=buckets, registry=self.registry)
