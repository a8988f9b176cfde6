"""G1.1–G1.4 and G3.2 against a real Prometheus that scrapes a small exporter."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from evidence.collectors.prometheus import Latency, NoIncrease, SuccessRate
from evidence.contract import Malformed, Query, Reading, Unavailable, Window
from evidence.verdict import Measured, Verdict, judge
from orr.sources.items import PrometheusItem
from orr.sources.source import Source
from tests.demo.peers import ask, prometheus
from tests.evidence.conftest import facts_of, rule
from tests.evidence.exporter import Exporter, exporting

pytestmark = [pytest.mark.peer, pytest.mark.slow]
SECONDS = 3


@dataclass
class Plant:
    """Two exporters that spell their boundaries differently, and the Prometheus that scrapes both."""

    one: Exporter
    other: Exporter
    source: Source

    def run(self, per_scrape: dict[float, int], seconds: float = SECONDS + 0.6) -> None:
        """Let time pass under this load."""
        self.one.per_scrape = self.other.per_scrape = per_scrape
        time.sleep(seconds)


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    one, other = Exporter(), Exporter(("0.40", "0.80", "2"))
    directory = tmp_path_factory.mktemp("prometheus")
    with (
        exporting(one) as first,
        exporting(other) as second,
        prometheus(directory, [first, second]) as url,
    ):
        until = time.monotonic() + 20
        while len(ask(url, "/api/v1/query", query="probe_success")["data"]["result"]) < 2:
            assert time.monotonic() < until, "nothing was scraped"
            time.sleep(0.1)
        yield Plant(one, other, Source("metrics", "prometheus", url, internal=True))


def window() -> Window:
    return Window.before(datetime.now(UTC), SECONDS)


def settings(metric: str, **more: Any) -> PrometheusItem:
    return PrometheusItem(source="metrics", metric=metric, selector='job="plant"', **more)


def latency(plant: Plant, threshold: float = 800, metric: str = "search_seconds", **more: Any) -> Reading:
    collector = Latency(plant.source, settings(metric, **more))
    return collector.collect(Query("G1.2", rule("G1.2", threshold=threshold), facts_of()), window())


def judged(found: Reading, code: str, **changes: Any) -> Verdict:
    measured = Measured(
        "reading", found.measured_at, value=found.value, passed=found.passed, samples=found.samples
    )
    return judge(measured, rule(code, **changes), datetime.now(UTC)).verdict


def test_the_exact_share_decides(plant: Plant) -> None:
    plant.run({0.3: 97, 1.5: 3})
    found = latency(plant)
    assert found.passed is True
    assert found.samples is not None and found.samples > 500
    assert judged(found, "G1.2") is Verdict.GREEN
    assert 'le=~"0\\\\.80|0\\\\.8"' in found.query or 'le=~"0\\\\.8|0\\\\.80"' in found.query
    assert "97" in str(found.detail)
    document = json.loads(found.raw)
    asked = {answer["query"]: answer["answer"] for answer in document["answers"]}
    share = next(a["data"]["result"][0]["value"][1] for q, a in asked.items() if q.startswith("sum(rate("))
    assert float(share) == pytest.approx(0.97, abs=0.002)
    assert found.url.startswith(plant.source.url + "/graph?g0.expr=")


def test_interpolation_does_not(plant: Plant) -> None:
    """94 % within 0.8 s; between 0.8 s and 2 s the interpolated p95 looks close, and it decides nothing."""
    plant.run({0.3: 94, 0.81: 6})
    found = latency(plant, threshold=1100)
    assert found.value is not None and 800 < found.value < 1100
    assert found.passed is False
    assert judged(found, "G1.2", threshold=1100) is Verdict.RED


def test_the_slowest_traces_are_told_and_lead_to_where_they_are_seen(plant: Plant) -> None:
    traces = [f"4bf92f3577b34da6a3ce929d0e0e47{n}6" for n in range(2)]
    for trace, seconds in zip(traces, (1.2, 1.9), strict=True):
        plant.one.exemplar = f'{{trace_id="{trace}"}} {seconds}'
        plant.run({0.3: 97, 1.5: 3}, 0.6)
    plant.one.exemplar = '{trace_id="../../admin"} 1.95'
    plant.run({0.3: 97, 1.5: 3}, 0.6)
    found = latency(plant, trace_link="https://jaeger.example.org/trace/{trace_id}")
    assert f"Slowest traces: {traces[1]}, {traces[0]}." in str(found.detail)
    assert found.links == tuple((t, f"https://jaeger.example.org/trace/{t}") for t in reversed(traces))
    assert "/api/v1/query_exemplars" not in found.query and found.passed is True
    asked = json.loads(found.raw)["answers"][-1]["answer"]
    assert len(asked["data"][0]["exemplars"]) == 3
    plant.one.exemplar = ""


def test_no_boundary_below_the_threshold_is_no_answer(plant: Plant) -> None:
    with pytest.raises(Malformed) as refused:
        latency(plant, threshold=300)
    assert "boundary" in str(refused.value)


def test_no_such_series_is_no_answer(plant: Plant) -> None:
    with pytest.raises(Malformed) as refused:
        latency(plant, metric="nothing_at_all")
    assert "empty" in str(refused.value)
    assert refused.value.raw


def test_no_traffic_is_no_answer(plant: Plant) -> None:
    plant.run({})
    with pytest.raises(Malformed):
        latency(plant)


def test_synthetic_success_counts_its_samples(plant: Plant) -> None:
    collector = SuccessRate(plant.source, settings("probe_success"))
    plant.run({})
    found = collector.collect(Query("G1.4", rule("G1.4"), facts_of()), window())
    assert found.value == 100.0
    assert found.samples is not None and 40 <= found.samples <= 2 * SECONDS * 10 + 2
    assert judged(found, "G1.4") is Verdict.PENDING
    assert judged(found, "G1.4", min_samples=20) is Verdict.GREEN
    plant.one.probe = 0
    time.sleep(0.5)
    plant.one.probe = 1
    found = collector.collect(Query("G1.4", rule("G1.4"), facts_of()), window())
    assert judged(found, "G1.4", min_samples=20) is Verdict.RED


def test_a_probe_that_stopped_is_no_answer(plant: Plant) -> None:
    plant.one.probe = plant.other.probe = None
    time.sleep(0.5)
    try:
        with pytest.raises(Malformed):
            SuccessRate(plant.source, settings("probe_success")).collect(
                Query("G1.4", rule("G1.4"), facts_of()), window()
            )
    finally:
        plant.one.probe = plant.other.probe = 1


def transfers(plant: Plant, metric: str = "cross_border_transfer_total") -> Reading:
    return NoIncrease(plant.source, settings(metric)).collect(
        Query("G3.2", rule("G3.2"), facts_of()), window()
    )


def test_no_transfer_is_zero_and_present(plant: Plant) -> None:
    plant.run({})
    found = transfers(plant)
    assert (found.value, judged(found, "G3.2")) == (0.0, Verdict.GREEN)


def test_a_transfer_is_seen_even_if_its_counter_is_born_with_it(plant: Plant) -> None:
    """`increase` of a counter whose first sample is 1 is 0: that must not pass for no transfer."""
    plant.run({})
    plant.one.transfers["us"] = 1
    time.sleep(0.6)
    found = transfers(plant)
    assert (found.value, judged(found, "G3.2")) == (1.0, Verdict.RED)
    plant.run({}, 2 * SECONDS + 0.6)
    found = transfers(plant)
    assert (found.value, judged(found, "G3.2")) == (0.0, Verdict.GREEN)
    plant.one.transfers["kr"] = 4
    time.sleep(0.6)
    assert judged(transfers(plant), "G3.2") is Verdict.RED


def counted(plant: Plant, query: str) -> bool:
    return len(ask(plant.source.url, "/api/v1/query", query=query)["data"]["result"]) == 2


def test_counters_without_a_history_prove_nothing_once_they_counted(plant: Plant) -> None:
    long = Window.before(datetime.now(UTC), 86_400)
    query = Query("G3.2", rule("G3.2"), facts_of())
    metric = settings("visits_total")
    # On a busy machine the last scrape may have come too late.
    until = time.monotonic() + 20
    while not counted(plant, 'visits_total{job="plant"}'):
        assert time.monotonic() < until, "no scrape came in time"
        time.sleep(0.1)
    with pytest.raises(Malformed) as refused:
        NoIncrease(plant.source, metric).collect(query, long)
    assert "reach back" in str(refused.value)


def test_an_absent_counter_is_no_zero(plant: Plant) -> None:
    with pytest.raises(Malformed):
        transfers(plant, "cross_border_total")


def test_a_query_that_the_server_refuses_is_no_answer(plant: Plant) -> None:
    broken = PrometheusItem(source="metrics", metric="up", selector='job=~"("')
    with pytest.raises(Malformed) as refused:
        NoIncrease(plant.source, broken).collect(Query("G3.2", rule("G3.2"), facts_of()), window())
    assert "refused the query" in str(refused.value)


def test_nobody_there(plant: Plant) -> None:
    away = Source("metrics", "prometheus", "http://127.0.0.1:9", internal=True)
    with pytest.raises(Unavailable):
        NoIncrease(away, settings("x")).collect(Query("G3.2", rule("G3.2"), facts_of()), window())
