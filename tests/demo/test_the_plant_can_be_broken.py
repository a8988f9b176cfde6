"""Each switch breaks what it says, where a check looks, and healing it heals that."""

import re
import time
from collections.abc import Callable

import pytest

from orr.demo.plant.faults import FAULTS
from orr.demo.plant.plant import Plant
from tests.demo.conftest import Caller


def until(true: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


@pytest.mark.slow
def test_the_probes_come_ten_times_a_second(plant: Plant, caller: Caller) -> None:
    time.sleep(6)
    assert 49 <= (caller.value("count_over_time(probe_success[5s])") or 0) <= 52
    assert caller.value("sum_over_time(probe_success[5s]) / count_over_time(probe_success[5s])") == 1


def test_failing_searches_show_in_the_synthetic_rate(plant: Plant, caller: Caller) -> None:
    plant.faults.turn("probe_failing", True)
    rate = "sum_over_time(probe_success[15s]) / count_over_time(probe_success[15s])"
    assert until(lambda: (caller.value(rate) or 1) < 0.995)


@pytest.mark.slow
def test_slow_search_shows_in_its_histogram(plant: Plant, caller: Caller) -> None:
    share = 'sum(rate(search_seconds_bucket{le="0.8"}[4s])) / sum(rate(search_seconds_count[4s]))'
    assert until(lambda: caller.value(share) == 1)
    plant.faults.turn("search_slow", True)
    assert until(lambda: (caller.value(share) or 1) < 0.2)
    plant.faults.turn("search_slow", False)
    assert until(lambda: caller.value(share) == 1)


@pytest.mark.slow
def test_transfers_are_zero_and_present_until_they_happen(plant: Plant, caller: Caller) -> None:
    count = "sum(increase(cross_border_transfer_total[24h]))"
    assert until(lambda: caller.value(count) == 0)
    time.sleep(3)
    assert caller.value(count) == 0
    plant.faults.turn("transfers", True)
    assert until(lambda: (caller.value(count) or 0) > 0, 60)


def test_the_policy_refuses_until_it_is_broken(plant: Plant, caller: Caller) -> None:
    asked = b'{"input": {"purpose": "detection", "region": "kr", "destination": "eu"}}'
    assert caller.call("POST", "/v1/data/plant/allow", asked).json()["result"] is False
    plant.faults.turn("policy_failing", True)
    assert caller.call("POST", "/v1/data/plant/allow", asked).json()["result"] is True


def test_a_moved_tag_comes_back(plant: Plant, caller: Caller) -> None:
    before = plant.targets.current("image/search-api")
    plant.faults.turn("tag_moved", True)
    assert plant.targets.current("image/search-api") != before
    plant.faults.turn("tag_moved", False)
    assert plant.targets.current("image/search-api") == before


def test_restores_give_back_what_was_there_unless_the_journal_skips(plant: Plant, caller: Caller) -> None:
    def same(what: str) -> bool:
        answer = caller.call("POST", f"/rehearse/{what}").json()
        return bool(answer["records"]) and answer["expected"] == answer["found"]

    assert until(lambda: all(same(what) for what in ("pitr", "snapshot", "rehydrate")))
    plant.faults.turn("backup_broken", True)
    assert until(lambda: not same("snapshot"))


def test_a_lost_flag_does_not_answer(plant: Plant, caller: Caller) -> None:
    assert caller.call("GET", "/flags/search.cache.force_ttl").json()["value"] == "300s"
    plant.faults.turn("flags_lost", True)
    assert caller.call("GET", "/flags/search.cache.force_ttl").status == 404
    assert caller.order("plant/flag/search.cache.force_ttl", "9s", "k").status == 404


def test_metrics_can_be_away(plant: Plant, caller: Caller) -> None:
    plant.faults.turn("metrics_away", True)
    assert caller.call("GET", "/api/v1/query?query=1").status == 503


def test_the_page_turns_switches_only_with_its_own_token(plant: Plant, caller: Caller) -> None:
    page = caller.call("GET", "/")
    assert all(fault.title in page.body.decode() for fault in FAULTS)
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert caller.call("POST", "/switch", b"name=search_slow&to=on").status == 403
    assert "search_slow" not in plant.faults
    token = re.search(r'name="token" value="([^"]+)"', page.body.decode())
    assert token is not None
    body = f"name=search_slow&to=on&token={token.group(1)}".encode()
    assert caller.call("POST", "/switch", body).status == 200  # the page it redirects to
    assert "search_slow" in plant.faults


@pytest.mark.parametrize("version, differs", [("v4.0.2", False), ("v5.0.0-rc1", True)])
def test_replay_tells_a_good_model_from_a_bad_one(
    plant: Plant, caller: Caller, version: str, differs: bool
) -> None:
    assert until(lambda: len(plant.triage.recorded) >= 40)
    found = plant.catalogue.find("model", "triage-model", version)
    assert found is not None
    answer = caller.call("POST", "/replay", f'{{"model": "{found.digest}"}}'.encode()).json()
    assert any(row["differing"] for row in answer["classes"]) is differs
