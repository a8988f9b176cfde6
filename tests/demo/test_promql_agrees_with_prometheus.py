"""On the same samples the plant's PromQL answers what a real Prometheus answers."""

import math
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evidence.collectors import promql
from orr.demo.plant.promapi import rendered
from orr.demo.plant.promql import Evaluator, QueryError, parse
from orr.demo.plant.samples import Store
from tests.demo.peers import ask, prometheus

pytestmark = pytest.mark.peer

END = 1_790_000_000_000  # milliseconds; any fixed moment
BOUNDS = ("0.1", "0.4", "0.8", "2.0", "15.0", "+Inf")
OF_THE_PRODUCT = (
    promql.boundaries("search_seconds", ""),
    promql.boundaries("search_seconds", 'track="stable"'),
    promql.share_within("search_seconds", "", ["0.8"], 300),
    promql.share_within("search_seconds", 'track!="canary"', ["15", "15.0"], 60),
    promql.observations("search_seconds", 'track=~"stable|canary"', 300),
    promql.quantile("search_seconds", "", 120),
    promql.success_share("probe_success", 'service="search"', 75),
    promql.samples("probe_success", 'service="search"', 75),
    promql.present("cross_border_transfer_total", ""),
    promql.growth("cross_border_transfer_total", "", 86_400),
    promql.newborn("cross_border_transfer_total", "", 120),
    promql.newborn("cross_border_transfer_total", 'purpose="analytics"', 600),
)
QUERIES = (
    *OF_THE_PRODUCT,
    'sum(rate(search_seconds_bucket{le="0.8"}[5m])) / sum(rate(search_seconds_count[5m]))',
    'sum(rate(search_seconds_bucket{le=~"0.8|0.80"}[1m])) / sum(rate(search_seconds_count[1m])) >= 0.95',
    'sum(rate(search_seconds_bucket{le="0.8"}[1m])) / sum(rate(search_seconds_count[1m])) >= bool 0.95',
    "sum(increase(search_seconds_count[5m]))",
    'sum(increase(search_seconds_count{track!="canary"}[90s]))',
    "histogram_quantile(0.95, sum by (le) (rate(search_seconds_bucket[5m])))",
    "histogram_quantile(0.5, sum by (le, track) (rate(search_seconds_bucket[1m])))",
    "histogram_quantile(0.999, rate(search_seconds_bucket[5m]))",
    'sum_over_time(probe_success{service="search"}[1m])'
    ' / count_over_time(probe_success{service="search"}[1m])',
    "sum(sum_over_time(probe_success[1m])) / sum(count_over_time(probe_success[1m]))",
    "count_over_time(probe_success[60s])",
    "sum(increase(cross_border_transfer_total[24h]))",
    "sum(increase(cross_border_transfer_total[30s]))",
    "sum(rate(nothing_at_all[5m]))",
    "absent(nothing_at_all)",
    "absent(cross_border_transfer_total)",
    "count by (le) ({__name__='search_seconds_bucket'})",
    "sum without (le) (search_seconds_bucket)",
    "max(search_seconds_count) - min(search_seconds_count offset 1m)",
    "avg_over_time(probe_success[37s]) * 100 - 50 / 2",
    "-sum(probe_success) + 1",
    "search_seconds_count / on(track) search_seconds_sum",
    "search_seconds_count > 10 and on(track) search_seconds_sum > 5",
    "search_seconds_count unless search_seconds_sum",
    "1 / 0",
    "delta(probe_success[1m])",
    "rate(reset_total[2m])",
    "increase(reset_total[5m])",
    "probe_success",
    'probe_success == 1',
    'min_over_time(probe_success[5m]) or vector(7)',
)


def recorded() -> list[tuple[str, dict[str, str], int, float]]:
    """Twelve minutes of irregular samples: histograms of two tracks, probes, a counter that resets."""
    dice = random.Random(11)  # noqa: S311
    rows: list[tuple[str, dict[str, str], int, float]] = []
    counts = {(t, le): 0.0 for t in ("stable", "canary") for le in BOUNDS}
    total, border = 0.0, 0.0
    for at in range(END - 720_000, END - 400, 1_000):
        moment = at + dice.randrange(0, 400)
        for track in ("stable", "canary"):
            for _ in range(dice.randrange(0, 9)):
                value = dice.expovariate(3 if track == "stable" else 1.5)
                for le in BOUNDS:
                    counts[track, le] += value <= float(le)
            rows += [
                ("search_seconds_bucket", {"le": le, "track": track}, moment, counts[track, le])
                for le in BOUNDS
            ]
            rows.append(("search_seconds_count", {"track": track}, moment, counts[track, "+Inf"]))
            rows.append(("search_seconds_sum", {"track": track}, moment, counts[track, "+Inf"] * 0.41))
        for service in ("search", "notify"):
            rows.append(("probe_success", {"service": service}, moment, float(dice.random() < 0.98)))
        total = 0.0 if dice.random() < 0.02 else total + dice.randrange(0, 5)
        rows.append(("reset_total", {}, moment, total))
        if at > END - 200_000:
            border += dice.random() < 0.05
            rows.append(("cross_border_transfer_total", {"purpose": "analytics"}, moment, border))
    return rows


def open_metrics(rows: list[tuple[str, dict[str, str], int, float]]) -> str:
    lines = []
    for name, labels, at, value in sorted(rows, key=lambda row: (row[0], sorted(row[1].items()))):
        inside = ",".join(f'{k}="{v}"' for k, v in labels.items())
        lines.append(f"{name}{{{inside}}} {value} {at / 1000:.3f}")
    return "\n".join([*lines, "# EOF\n"])


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Store]]:
    directory = tmp_path_factory.mktemp("oracle")
    rows = recorded()
    (directory / "samples.om").write_text(open_metrics(rows))
    promtool = shutil.which("promtool")
    assert promtool, "Debian's prometheus is needed: apt-get install prometheus"
    command = [promtool, "tsdb", "create-blocks-from", "openmetrics", "samples.om", "data"]
    subprocess.run(command, cwd=directory, check=True, capture_output=True)
    store = Store(retention=10_000_000)
    for name, labels, at, value in rows:
        store.append(name, labels, at, value)
    with prometheus(Path(directory), []) as base:
        yield base, store


def comparable(data: dict[str, Any]) -> Any:
    if data["resultType"] != "vector":
        return data["resultType"], [float(data["result"][1])]
    return {
        tuple(sorted((k, v) for k, v in row["metric"].items())): float(row["value"][1])
        for row in data["result"]
    }


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("back", [0, 137, 61_500, 700_000])
def test_every_query_form_answers_the_same(oracle: tuple[str, Store], query: str, back: int) -> None:
    base, store = oracle
    at = END - back
    theirs = ask(base, "/api/v1/query", query=query, time=f"{at / 1000:.3f}")
    assert theirs["status"] == "success", theirs
    expected = comparable(theirs["data"])
    ours = comparable(rendered(Evaluator(store, at).value(parse(query)), at))
    if isinstance(expected, tuple):
        assert ours == expected
        return
    assert ours.keys() == expected.keys()
    for key, value in expected.items():
        assert ours[key] == pytest.approx(value, rel=1e-9, abs=1e-12, nan_ok=True)


def test_the_oracle_has_samples_for_most_forms(oracle: tuple[str, Store]) -> None:
    base, _ = oracle
    answered = [
        q for q in QUERIES if ask(base, "/api/v1/query", query=q, time=f"{END / 1000}")["data"]["result"]
    ]
    assert len(answered) >= len(QUERIES) - 6


def test_a_quantile_in_the_last_bucket_is_its_lower_bound() -> None:
    store = Store()
    for at in (1_000, 2_000):
        for le, count in (("1", 1.0), ("+Inf", 9.0)):
            store.append("x_bucket", {"le": le}, at, count)
    [(_, value)] = Evaluator(store, 2_000).vector(parse("histogram_quantile(0.95, x_bucket)"))
    assert value == 1.0 and not math.isnan(value)


@pytest.mark.parametrize(
    "query", ["sum(", "x[5]", "x{a=b}", "1 < 2", "rate(x)", "x[5m] + 1", "frobnicate(x)", "x y"]
)
def test_what_is_no_query_is_refused_by_both(oracle: tuple[str, Store], query: str) -> None:
    base, store = oracle
    assert ask(base, "/api/v1/query", query=query)["errorType"] == "bad_data"
    with pytest.raises(QueryError):
        Evaluator(store, END).value(parse(query))
