"""A real Prometheus that scrapes the plant gives the same answers within one scrape."""

import time
from pathlib import Path

import pytest

from orr.demo.plant.plant import Plant
from tests.demo.conftest import Caller
from tests.demo.peers import ask, prometheus

pytestmark = [pytest.mark.peer, pytest.mark.slow]

WINDOW = "10s"
SHARES = (
    f'sum(rate(search_seconds_bucket{{le="0.8"}}[{WINDOW}])) / sum(rate(search_seconds_count[{WINDOW}]))',
    f'sum(rate(ingest_to_incident_seconds_bucket{{le="15.0"}}[{WINDOW}]))'
    f" / sum(rate(ingest_to_incident_seconds_count[{WINDOW}]))",
    f'sum(rate(notify_seconds_bucket{{le="10.0"}}[{WINDOW}])) / sum(rate(notify_seconds_count[{WINDOW}]))',
    f'sum_over_time(probe_success{{service="search"}}[{WINDOW}])'
    f' / count_over_time(probe_success{{service="search"}}[{WINDOW}])',
    f"sum(increase(cross_border_transfer_total[{WINDOW}]))",
)
COUNTS = (f"sum(increase(search_seconds_count[{WINDOW}]))", f"sum(count_over_time(probe_success[{WINDOW}]))")


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
            # One scrape of the plant's own is a second apart: some 15 searches.
            assert ours(caller, query, at) == pytest.approx(theirs(base, query, at), abs=20), query
        window = {"start": str(at - 60), "end": str(at)}
        found = [
            ask(address, "/api/v1/query_exemplars", query="search_seconds_bucket", **window)["data"]
            for address in (base, caller.base)
        ]
        traces = [{e["labels"]["trace_id"] for row in rows for e in row["exemplars"]} for rows in found]
        assert traces[0] & traces[1]
        assert caller.call("GET", f"/traces/{(traces[0] & traces[1]).pop()}").status == 200
