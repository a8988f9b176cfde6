"""This project's own release in review: measured, then unknown with its sources away, then refused.

The rules are the standard profile's, G1.4's 598 samples too: twelve probes scraped ten times a second fill
them within a window of 20 s, which the sources file asks for in place of the profile's half hour.
"""

import logging
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest

from orr.lib.canonical import digest
from tests.evidence.test_row_security_peer import admin as admin
from tests.evidence.test_row_security_peer import lake as lake
from tests.peers.house import NAME, House, change_set, items, options, with_verdict
from tests.peers.instance import squeezed
from tests.peers.outside import METRICS, slow, until
from tests.peers.registry import push
from tests.peers.wheel import HOME, build, sources

pytestmark = [pytest.mark.peer, pytest.mark.slow]
MEASURED = {*METRICS, "G2.1", "G2.2", "G2.3", "G4.3", "G7.1", "G8.1", "G8.2"}
BY_JUNIT = ("G3.1", "G3.3", "G4.1", "G5.2", "G6.1", "G6.2", "G6.3")
ATTESTED = {"G6.4": "data", "G7.2": "product", "G7.3": "product", "G7.4": "product"}
AWAY = {*METRICS, "G2.3"}
LAWS = ("tests/plans", "tests/profiles", "tests/changes")


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The release that runs and the one that is to come."""
    directory = tmp_path_factory.mktemp("wheels")
    return build(directory / "old", "0.0.9"), build(directory / "new", "0.1.0")


@pytest.fixture(autouse=True)
def quiet_probes(caplog: pytest.LogCaptureFixture) -> None:
    """Thousands of probes are not worth a line each."""
    caplog.set_level(logging.WARNING, "httpx")


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """What runs until the test ends."""
    with ExitStack() as held:
        yield held


@pytest.fixture
def house(
    tmp_path: Path, transactional_db: None, admin: psycopg.Connection[Any], stack: ExitStack
) -> House:
    """A house whose lake is sound."""
    return House(tmp_path, admin, stack)


def junit(path: Path) -> str:
    """The result of a real run of some of our own laws."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={path}", *LAWS]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    ran = subprocess.run(command, cwd=HOME, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
    return path.read_text(encoding="utf-8")


def opened(house: House, wheels: tuple[Path, Path]) -> str:
    """The wheels are pushed, the instance is measured, the review is open: its id."""
    house.outside.start("registry")
    old, new = (
        push(house.outside.url("registry"), NAME, tag, wheel)
        for tag, wheel in zip(("stable", "0.1.0"), wheels, strict=True)
    )
    house.outside.start("metrics")
    until(house.outside.measured, "samples of the probes")
    body = change_set(old, new)
    started = house.manager.post("/v1/orr/start", {"change_set": body})
    assert started.status_code == 201, started.text
    assert started.json()["change_set_digest"] == digest(body)
    return str(started.json()["id"])


def state_the_rest(house: House, code: str, wheels: tuple[Path, Path], results: str) -> None:
    """Pipelines push what is theirs, people state what only they know."""
    pushed = [{"item": item, "format": "junit", "content": results} for item in BY_JUNIT]
    before, after = (wheel.stat().st_size for wheel in wheels)
    pushed.append(
        {"item": "G5.1", "format": "number", "value": 100 * (after - before) / before, "unit": "%"}
    )
    people = {role: house.caller(role, role) for role in sorted(set(ATTESTED.values()))}
    stated = [
        (people[role], {"item": item, "format": "attestation", "content": "Looked at, and well."})
        for item, role in ATTESTED.items()
    ]
    for caller, result in [*((house.manager, one) for one in pushed), *stated]:
        answer = caller.post("/v1/orr/evidence", {"id": code, **result})
        assert (answer.status_code, answer.json().get("verdict")) == (201, "green"), answer.text


def measured(house: House, code: str) -> None:
    """What can be measured is green, with what was measured and its hash."""
    told = house.checklist(code)
    found = items(told)
    assert {item: found[item]["reason"] for item in MEASURED - with_verdict(told, "green")} == {}
    assert all(len(found[item]["evidence"][0]["sha256"]) == 64 for item in MEASURED)
    assert 0 < found["G1.1"]["value"] <= 15 and 0 < found["G1.2"]["value"] <= 800
    assert 0 < found["G1.3"]["value"] <= 10
    assert found["G1.4"]["value"] >= 99.5 and found["G1.4"]["samples"] >= 598
    assert (found["G3.2"]["value"], found["G2.3"]["display"]) == (0, "1 / 1")
    assert house.outside.number('orr_reviews{state="checking"}') == 1
    assert options(told) == {"go": False, "go_with_guards": False, "no_go": True}


def decidable(house: House, code: str) -> None:
    """Everything that applies is green: guards are all that is left to ask for, with the risk unknown."""
    told = house.checklist(code)
    assert with_verdict(told, "not_applicable") == {"G4.2", "G4.4"}
    assert with_verdict(told, "pending", "red", "stale", "error") == set()
    assert options(told) == {"go": False, "go_with_guards": True, "no_go": True}
    assert house.same_on_every_face(code) == "Propose a decision."


def sources_away(house: House, code: str) -> None:
    """Nobody answers: what was green is not known any more, and every face says so."""
    house.outside.stop()
    told = house.collect(code)
    assert with_verdict(told, "error") == AWAY
    assert with_verdict(told, "red", "pending", "stale") == set()
    assert options(told) == {"go": False, "go_with_guards": False, "no_go": True}
    sentence = f"Not decidable yet: {', '.join(sorted(AWAY))} not passing, not red."
    assert {option["reasons"][0] for option in told["options"] if not option["possible"]} == {sentence}
    assert house.same_on_every_face(code, "ko") == sentence
    page, (_, said) = house.manager.page(f"/orr/{code}", "en"), house.manager.status(code)
    for item in AWAY:
        why = squeezed(items(told)[item]["reason"])
        assert why and why in page and why in said
    refused = house.manager.post("/v1/orr/decide", {"id": code, "decision": "go", "reason": "It was green."})
    assert (refused.status_code, sentence in refused.text) == (409, True)


def sources_back(house: House, code: str) -> None:
    """They answer again, at the same addresses: the same items are green by new measurements."""
    house.outside.start()
    until(house.outside.measured, "samples of the probes")
    told = house.collect(code)
    assert with_verdict(told, "red", "error", "pending", "stale") == set()
    assert options(told)["go_with_guards"]


def refused(house: House, code: str) -> None:
    """The search is slow: only No-Go is left, on every face, and it is recorded."""
    with slow():
        until(lambda: "G1.2" in with_verdict(house.collect(code), "red"), "a red search", pause=5)
    told = house.checklist(code)
    assert with_verdict(told, "red") == {"G1.2"}
    assert items(told)["G1.2"]["samples"] >= 100
    assert options(told) == {"go": False, "go_with_guards": False, "no_go": True}
    assert house.same_on_every_face(code) == "Record No-Go: G1.2 red."
    for decision in ("go", "go_with_guards"):
        asked = {"id": code, "decision": decision, "reason": "It is only slow."}
        answer = house.manager.post("/v1/orr/decide", asked)
        assert (answer.status_code, "Only No-Go is possible: G1.2 red." in answer.text) == (409, True)
    wanted = {"id": code, "decision": "no_go", "reason": "The search is slow."}
    recorded = house.manager.post("/v1/orr/decide", wanted)
    assert (recorded.status_code, recorded.json()["state"]) == (200, "no_go"), recorded.text
    left, said = house.manager.status(code)
    assert (house.checklist(code)["state"], left) == ("no_go", 20)
    for face in (said, house.manager.pdf(code, "en"), house.manager.page(f"/orr/{code}", "en")):
        assert "No-Go" in face


def test_the_wheel_holds_the_whole_house(wheels: tuple[Path, Path]) -> None:
    held = set(zipfile.ZipFile(wheels[1]).namelist())
    assert sources(wheels[1].parent) - held == set()


def test_a_release_is_measured_then_unknown_then_refused(
    house: House, wheels: tuple[Path, Path], tmp_path: Path
) -> None:
    code = opened(house, wheels)
    measured(house, code)
    state_the_rest(house, code, wheels, junit(tmp_path / "results.xml"))
    decidable(house, code)
    sources_away(house, code)
    sources_back(house, code)
    refused(house, code)
