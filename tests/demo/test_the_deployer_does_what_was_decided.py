"""The deployer sets guards on effect, applies values stage by stage, and stops where an Exit begins."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from orr.demo.deployer import Deployer, _next_stage
from orr.demo.order import Hand, plants_own
from orr.demo.plant.plant import Plant
from tests.demo.conftest import Caller
from tests.demo.recorder import Recorder

FLAG = "plant/flag/search.cache.force_ttl"
STAGES = [{"percent": 5, "seconds": 60}, {"percent": 25, "seconds": 30}, {"percent": 100, "seconds": 0}]


def entered(percent: int, ago: float) -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(seconds=ago)
    events = [{"event": "stage", "percent": percent, "at": at.isoformat()}] if percent else []
    return {"percent": percent, "stages": STAGES, "events": events, "guards_lost": []}


@pytest.mark.parametrize(
    ("percent", "ago", "due"),
    [(0, 0, 5), (5, 10, None), (5, 61, 25), (25, 10, None), (25, 31, 100), (100, 1, "finished")],
)
def test_a_stage_lasts_at_least_as_long_as_the_profile_says(percent: int, ago: float, due: object) -> None:
    assert _next_stage(entered(percent, ago)) == due


class World:
    """One review, a plant, and a deployer between them."""

    def __init__(self, plant: Plant, caller: Caller, http: httpx.Client, notes: Path) -> None:
        self.plant, self.caller, self.http, self.notes = plant, caller, http, notes
        image = plant.catalogue.find("image", "search-api", "2.18.1")
        assert image is not None
        self.image = image.digest
        items = [
            {"kind": "flag", "name": "f", "target": FLAG, "to": {"version": "90s"}},
            {
                "kind": "image",
                "name": "search-api",
                "target": "registry/search-api:stable",
                "to": {"version": "2.18.1", "digest": self.image},
            },
        ]
        self.review: dict[str, Any] = {
            "id": "ORR-0001",
            "state": "effective",
            "service_ids": ["search"],
            "guards": [{"target": FLAG, "value": "90s"}],
            "change_set": {"items": items},
            "rollout": None,
        }
        self.recorder = Recorder({"ORR-0001": self.review})

    def deployer(self) -> Deployer:
        hand = Hand(f"{self.caller.base}/driver", self.plant.secret, self.http)
        return Deployer(self.recorder.site(), hand, self.notes)


@pytest.fixture
def world(plant: Plant, caller: Caller, http: httpx.Client, tmp_path: Path) -> World:
    return World(plant, caller, http, tmp_path / "notes.json")


def test_an_effective_decision_gets_its_guards_and_nothing_else(world: World) -> None:
    before = world.caller.current("plant/image/search-api")
    world.deployer().round()
    assert world.caller.current(FLAG) == "90s"
    assert world.caller.current("plant/image/search-api") == before
    assert world.recorder.posted == []


def test_a_rollout_applies_every_value_under_the_weight_of_its_stage(world: World) -> None:
    world.review |= {"state": "rolling_out", "rollout": entered(0, 0)}
    deployer = world.deployer()
    deployer.round()
    assert world.recorder.bodies("/v1/orr/rollout") == [{"id": "ORR-0001", "event": "stage", "percent": 5}]
    assert world.caller.current("plant/image/search-api") == world.image
    assert world.plant.targets.weight("search") == 5
    assert world.plant.targets.value_on("image/search-api", "stable") != world.image


def test_it_starts_only_what_it_was_asked_to(world: World) -> None:
    deployer = world.deployer()
    deployer.ask("ORR-0001")
    deployer.round()
    assert world.recorder.bodies("/v1/orr/rollout") == [{"id": "ORR-0001", "event": "started"}]


def test_a_lost_guard_holds_the_rollout(world: World) -> None:
    rollout = entered(5, 100) | {"guards_lost": ["The guard reads 300s instead of 90s."]}
    world.review |= {"state": "rolling_out", "rollout": rollout}
    world.deployer().round()
    assert world.recorder.posted == []


def test_an_exit_gets_all_the_traffic_back_and_no_value_from_the_deployer(world: World) -> None:
    world.caller.order("plant/weight/search", "25", "w")
    world.review |= {"state": "exiting", "rollout": entered(25, 100)}
    world.deployer().round()
    assert world.plant.targets.weight("search") == 100
    assert world.caller.current("plant/image/search-api") != world.image
    assert world.recorder.posted == []


def test_a_withdrawn_review_leaves_no_guard_behind_even_after_a_restart(world: World) -> None:
    world.deployer().round()
    assert json.loads(world.notes.read_text()) == {"ORR-0001": {FLAG: "300s"}}
    world.review["state"] = "withdrawn"
    world.deployer().round()
    assert world.caller.current(FLAG) == "300s"


@pytest.mark.parametrize(
    ("target", "own"),
    [
        (FLAG, FLAG),
        ("registry/search-api:stable", "plant/image/search-api"),
        ("registry/triage-model:stable", "plant/model/triage-model"),
        ("registry/search-api:2.18.0", None),
        ("registry/unknown:stable", None),
        ("elsewhere/thing", None),
    ],
)
def test_it_has_a_hand_on_the_plant_only(target: str, own: str | None) -> None:
    assert plants_own(target) == own
