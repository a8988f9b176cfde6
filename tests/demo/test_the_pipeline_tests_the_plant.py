"""The pipeline's suites pass on a healthy plant, and breaking the plant turns the next result red."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from evidence.push import junit as understood
from orr.demo.checks import data, operations
from orr.demo.checks.suite import Case, TooEarly, junit, run
from orr.demo.pipeline import CHECKS, Pipeline
from orr.demo.plant.plant import Plant
from tests.demo.recorder import Recorder

ITEMS = [check.item for check in CHECKS]


def change_set(plant: Plant, rules: str = "2026.11", model: str = "v4.0.2") -> dict[str, Any]:
    def item(kind: str, name: str, version: str) -> dict[str, Any]:
        found = plant.catalogue.find(kind, name, version)
        assert found is not None
        return {"kind": kind, "name": name, "to": {"version": version, "digest": found.digest}}

    return {"items": [item("rule", "sigma-pack", rules), item("model", "triage-model", model)]}


def review(plant: Plant, **versions: str) -> dict[str, Any]:
    items = [{"code": code, "verdict": "pending"} for code in ITEMS]
    return {
        "id": "ORR-0001",
        "state": "checking",
        "change_set_digest": f"sha256:{versions}",
        "change_set": change_set(plant, **versions),
        "gates": [{"items": items}],
    }


def results(recorder: Recorder) -> dict[str, bool | None]:
    """What the product would understand of the last result of each item."""
    pushed = recorder.bodies("/v1/orr/evidence")
    return {body["item"]: understood.understand(body["content"].encode()).passed for body in pushed}


def until_pushed(pipeline: Pipeline, recorder: Recorder, wanted: Callable[[dict[str, Any]], bool]) -> None:
    end = time.monotonic() + 30
    while not wanted(results(recorder)):
        assert time.monotonic() < end, results(recorder)
        pipeline.round()
        time.sleep(0.5)


def test_everything_passes_on_a_healthy_plant_and_is_pushed_once(plant: Plant, http: httpx.Client) -> None:
    recorder = Recorder({"ORR-0001": review(plant)})
    pipeline = Pipeline(recorder.site(), http)
    until_pushed(pipeline, recorder, lambda found: set(found) == set(ITEMS))
    assert all(results(recorder).values()), results(recorder)
    before = len(recorder.posted)
    pipeline.round()
    assert len(recorder.posted) == before


@pytest.mark.parametrize(
    ("fault", "items"),
    [
        ("policy_failing", {"G3.1", "G3.3"}),
        ("flags_lost", {"G5.2"}),
        ("backup_broken", {"G6.2"}),
    ],
)
def test_breaking_the_plant_turns_the_next_result_red(
    plant: Plant, http: httpx.Client, fault: str, items: set[str]
) -> None:
    recorder = Recorder({"ORR-0001": review(plant)})
    pipeline = Pipeline(recorder.site(), http)
    until_pushed(pipeline, recorder, lambda found: items <= set(found))
    assert all(results(recorder)[item] for item in items)
    plant.faults.turn(fault, True)
    until_pushed(pipeline, recorder, lambda found: not any(found[item] for item in items))


def test_a_bad_candidate_is_red_and_says_why(plant: Plant, http: httpx.Client) -> None:
    bad = review(plant, rules="2026.12-rc1", model="v5.0.0-rc1")
    recorder = Recorder({"ORR-0001": bad})
    pipeline = Pipeline(recorder.site(), http)
    until_pushed(pipeline, recorder, lambda found: {"G4.1", "G4.4"} <= set(found))
    assert (results(recorder)["G4.1"], results(recorder)["G4.4"]) == (False, False)
    pushed = {body["item"]: body for body in recorder.bodies("/v1/orr/evidence")}
    assert "Exfiltration over mail" in pushed["G4.1"]["content"]
    model = bad["change_set"]["items"][1]["to"]["digest"]
    assert pushed["G4.4"]["measured_on"] == "candidate" and model in pushed["G4.4"]["subject_digests"]


def test_what_brings_its_rules_along_is_not_pushed_for(plant: Plant, http: httpx.Client) -> None:
    brought = review(plant)
    brought["change_set"]["items"][0]["files"] = [{"name": "a.yml", "sha256": "0" * 64}]
    recorder = Recorder({"ORR-0001": brought})
    pipeline = Pipeline(recorder.site(), http)
    until_pushed(pipeline, recorder, lambda found: set(found) >= set(ITEMS) - {"G4.1"})
    assert "G4.1" not in results(recorder)


def test_a_suite_with_nothing_to_test_says_nothing(plant: Plant, http: httpx.Client) -> None:
    plant.triage.recorded.clear()
    with pytest.raises(TooEarly):
        list(data.replayed(http, change_set(plant)))
    assert operations.overage(http) is None


def test_a_case_that_breaks_is_an_error_and_ends_no_other() -> None:
    def broken() -> str | None:
        raise httpx.ConnectError("away")

    outcomes = run([Case("a", broken), Case("b", lambda: "wrong"), Case("c", lambda: None)])
    assert [outcome.passed for outcome in outcomes] == [False, False, True]
    found = understood.understand(junit("suite", outcomes).encode())
    assert (found.passed, found.samples, found.text) == (False, 3, "1 / 3")


def test_cost_is_forecast_from_what_was_metered() -> None:
    now = 1_795_000_000.0

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/cost":
            facts = {"units": 1_000.0, "since": now - 100, "now": now, "budget_per_hour": 36_000.0}
            return httpx.Response(200, json=facts)
        rows = [{"metric": {}, "value": [now, "12"]}]
        return httpx.Response(200, json={"data": {"result": rows}})

    with httpx.Client(base_url="http://plant", transport=httpx.MockTransport(answer)) as http:
        # Ten units a second are paid for; ten were used so far, twelve is the rate of now.
        assert operations.overage(http) == pytest.approx(20, abs=0.1)
