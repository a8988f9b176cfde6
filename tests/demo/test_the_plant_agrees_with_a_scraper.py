"""A real Prometheus that scrapes the plant gives the same answers within one scrape."""

import time
from pathlib import Path

import pytest

from evidence.collectors import promql
from orr.demo.plant.plant import Plant
from tests.demo.conftest import Caller
from tests.demo.peers import ask, prometheus

pytestmark = [pytest.mark.peer, pytest.mark.slow]

WINDOW = 10  # seconds
# The product's own queries. Shares hold to two hundredths; counts may differ by what one scrape brings:
# the plant reads its own counters once a second, and about twenty requests come in that time.
SHARES = (
    promql.share_within("search_seconds", "", ["0.8"], WINDOW),
    promql.share_within("ingest_to_incident_seconds", "", ["15", "15.0"], WINDOW),
    promql.share_within("notify_seconds", 'track="stable"', ["10.0"], WINDOW),
    promql.success_share("probe_success", 'service="search"', WINDOW),
    promql.growth("cross_border_transfer_total", "", WINDOW),
    promql.present("cross_border_transfer_total", ""),
)
COUNTS = (
    promql.observations("search_seconds", "", WINDOW),
    promql.samples("probe_success", 'service="search"', WINDOW),
)
BOUNDARIES = promql.boundaries("search_seconds", "")
QUANTILE = promql.quantile("notify_seconds", "", WINDOW)


def theirs(base: str, query: str, at: float) -> float:
    rows = ask(base, "/api/v1/query", query=query, time=f"{at:.3f}")["data"]["result"]
    return float(rows[0]["value"][1])


def ours(caller: Caller, query: str, at: float) -> float:
    rows = ask(caller.base, "/api/v1/query", query=query, time=f"{at:.3f}")["data"]["result"]
    return float(rows[0]["value"][1])


def test_shares_counts_and_exemplars_agree(plant: Plant, caller: Caller, tmp_path: Path) -> None:
    with prometheus(tmp_path, [f"127.0.0.1:{plant.port}"]) as base:
        time.sleep(16)
        at = time.time() - 1.5
        for query in SHARES:
            assert ours(caller, query, at) == pytest.approx(theirs(base, query, at), abs=0.02), query
        for query in COUNTS:
            assert ours(caller, query, at) == pytest.approx(theirs(base, query, at), abs=20), query
        assert ours(caller, QUANTILE, at) == pytest.approx(theirs(base, QUANTILE, at), abs=0.2)
        bounds = [_bounds(address, at) for address in (base, caller.base)]
        assert bounds[0] == bounds[1] and "0.8" in bounds[0]
        window = {"start": str(at - 60), "end": str(at)}
        found = [
            ask(address, "/api/v1/query_exemplars", query="search_seconds_bucket", **window)["data"]
            for address in (base, caller.base)
        ]
        traces = [{e["labels"]["trace_id"] for row in rows for e in row["exemplars"]} for rows in found]
        assert traces[0] & traces[1]
        assert caller.call("GET", f"/traces/{(traces[0] & traces[1]).pop()}").status == 200


def _bounds(base: str, at: float) -> set[str]:
    rows = ask(base, "/api/v1/query", query=BOUNDARIES, time=f"{at:.3f}")["data"]["result"]
    return {row["metric"]["le"] for row in rows}
