"""`manage.py demo` as a person meets it: nine reviews, the example signed, rolled out and taken back."""

import faulthandler
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from orr.demo.browser import Person
from orr.demo.place import Place
from orr.demo.site import Refused, Site
from tests.demo.peers import free_port

pytestmark = pytest.mark.heavy

HOME = Path(__file__).resolve().parents[2]
KEPT = {"PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV"}
EXAMPLE = "ORR-0001"
OTHERS = {"checking", "proposed", "effective", "rolling_out", "closed", "no_go"}
GUARD = {"kind": "flag", "driver": "webhook", "target": "plant/flag/search.cache.force_ttl", "value": "90s"}


@contextmanager
def demo(state: Path, port: int, plant_port: int) -> Iterator[Place]:
    """A running demo, from its `ready` to its clean end."""
    log = state.with_suffix(".log")
    environment = {name: value for name, value in os.environ.items() if name in KEPT}
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, str(HOME / "manage.py"), "demo", "--port", str(port), "--state", str(state)],
            env={**environment, "PLANT_PORT": str(plant_port)}, cwd=state.parent, stdout=out, stderr=out,
        )  # fmt: skip
    try:
        until(lambda: "ready http" in log.read_text() or process.poll() is not None, 120)
        yield Place(state, f"http://localhost:{port}", f"http://127.0.0.1:{plant_port}")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=90)
    assert process.returncode == 0, log.read_text()[-3000:]


def until(true: Callable[[], Any], seconds: float) -> Any:
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, "this took too long"
        time.sleep(1)
    return found


@contextmanager
def seen(place: Place) -> Iterator[Site]:
    """The site by the play's own token."""
    site = place.site("play")
    with site.http:
        yield site


def states(site: Site) -> dict[str, str]:
    return {row["id"]: row["state"] for row in site.get("/v1/orr", limit="100")["reviews"]}


def item(site: Site, code: str, wanted: str) -> Any:
    gates = site.checklist(code)["gates"]
    return next(i for gate in gates for i in gate["items"] if i["code"] == wanted)


def sign_and_start(site: Site) -> None:
    body = {"id": EXAMPLE, "decision": "go_with_guards", "guards": [GUARD], "reason": "Risk is unknown."}
    site.post("/v1/orr/decide", body)
    for who in ("sre", "security"):
        sent = {"judgement": "approve", "comment": ""}
        with closing(Person(site.base, who)) as person:
            person.submit(f"/orr/{EXAMPLE}/approve", sent, password_field="password")
    signed = time.monotonic()
    until(lambda: states(site)[EXAMPLE] == "effective", 120)
    assert time.monotonic() - signed > 50, "the timelock of the demo is 60 s"
    until(lambda: started(site), 60)


def started(site: Site) -> bool:
    try:
        site.post("/v1/orr/rollout", {"id": EXAMPLE, "event": "started"})
    except Refused as refused:
        assert refused.status == 409  # the guards are not read back yet
        return False
    return True


def take_back(site: Site) -> None:
    """Press Exit in the middle of the rollout; every key is proven and changed something."""
    flag = "search.cache.force_ttl"
    until(lambda: (site.checklist(EXAMPLE)["rollout"]["percent"] or 0) >= 5, 60)
    time.sleep(10)
    site.post("/v1/orr/exit", {"id": EXAMPLE, "reason": "Tried in a test."})
    until(lambda: site.checklist(EXAMPLE)["exit"]["state"] != "running", 300)
    body = until(lambda: (b := site.checklist(EXAMPLE))["state"] != "exiting" and b, 10)
    assert (body["state"], body["exit"]["state"]) == ("exited", "done"), body["exit"]
    keys = body["exit"]["keys"]
    assert {key["name"] for key in keys} >= {flag, "search-api", "triage-model", "sigma-pack", "search_doc"}
    for key in keys:
        assert key["state"] == "proven"
        assert key.get("observed_before", key.get("before")) not in (None, key["desired"]), key


def break_and_heal(place: Place, site: Site, code: str) -> None:
    """The switch on the plant's page turns the next pushed result red, and back."""
    with httpx.Client(base_url=place.plant_url) as plant:
        found = re.search(r'name="token" value="([^"]+)"', plant.get("/").text)
        assert found is not None
        form = {"token": found.group(1), "name": "policy_failing"}
        for to, verdict in (("on", "red"), ("off", "green")):
            assert plant.post("/switch", data={**form, "to": to}).status_code == 303
            until(lambda verdict=verdict: item(site, code, "G3.1")["verdict"] == verdict, 90)
    assert item(site, code, "G3.1")["earlier_red"]


def test_the_example_plays_and_a_second_start_opens_nothing_twice(tmp_path: Path) -> None:
    # Timelock, stages and recovery take their time: longer than one test usually may.
    faulthandler.dump_traceback_later(600, exit=True)
    state, port, plant_port = tmp_path / "state", free_port(), free_port()
    with ExitStack() as sites, demo(state, port, plant_port) as place:
        until(place.tokens_file.exists, 60)
        site = sites.enter_context(seen(place))
        until(lambda: len(states(site)) == 9, 120)
        options = until(lambda: _decidable(site), 240)
        assert {o["decision"] for o in options if o["possible"]} == {"go_with_guards", "no_go"}
        example = site.checklist(EXAMPLE)
        verdicts = {i["code"]: i["verdict"] for gate in example["gates"] for i in gate["items"]}
        assert len(verdicts) == 26 and verdicts.pop("G4.2") == "not_applicable"
        assert set(verdicts.values()) == {"green"}
        assert (example["risk"]["verdict"], example["risk"]["score"]) == ("unknown", None)
        sign_and_start(site)
        take_back(site)
        until(lambda: set(states(site).values()) >= OTHERS, 240)
        waiting = next(code for code, s in states(site).items() if s == "checking")
        break_and_heal(place, site, waiting)
        before = sorted(states(site))
    with ExitStack() as sites, demo(state, port, plant_port) as place:
        site = sites.enter_context(seen(place))
        time.sleep(20)
        assert sorted(states(site)) == before
        assert states(site)[EXAMPLE] == "exited"


def _decidable(site: Site) -> Any:
    options = site.checklist(EXAMPLE)["options"]
    return options if any(o["decision"] == "go_with_guards" and o["possible"] for o in options) else None
