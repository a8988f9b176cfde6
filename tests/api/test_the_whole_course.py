"""From start to Exit by the API alone, but for the two signatures, which people make in their sessions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orr.accounts.models import User
from orr.celery import app
from orr.decisions.models import Decision, Proposal
from orr.exits import watch
from orr.reviews import acts
from tests.api.conftest import Api, problem
from tests.factories.decisions import effect, green, sign
from tests.factories.people import person
from tests.factories.receiver import SECRET, Receiver, running, sources_file

pytestmark = pytest.mark.django_db
GUARD = {"kind": "flag", "target": "plant/flag/ttl", "value": "90s"}
PROFILE = """
version = 1
title = { en = "Quick", ko = "빠른" }
[policy]
slots = ["sre", "security"]
timelock = 0
approve_within = 3600
valid_for = 3600
[canary]
stages = [{ percent = 5, seconds = 60 }, { percent = 100, seconds = 0 }]
observation = 60
"""
FLAG = {
    "kind": "flag",
    "name": "ttl",
    "to": {"version": "90s"},
    "rollback_key": {"target": "plant/ttl", "desired": "30s"},
}
CHANGE_SET = {"title": "Longer cache", "summary": "A longer cache.", "environment": "prod", "items": [FLAG]}


@pytest.fixture
def receiver(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A system that holds the guard; nobody drives an Exit by itself."""
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "quick.toml").write_text(PROFILE, encoding="utf-8")
    settings.PLURA_PROFILES = str(tmp_path / "profiles")
    monkeypatch.setenv("PLANT_SECRET", SECRET)
    monkeypatch.setattr(watch, "begin", lambda _run_id: None)
    monkeypatch.setattr(watch, "wake", lambda _run_id: None)
    eager, app.conf.task_always_eager = app.conf.task_always_eager, False
    with running(Receiver()) as held:
        settings.PLURA_SOURCES = str(sources_file(tmp_path / "sources.toml", held.url))
        yield held
    app.conf.task_always_eager = eager


def proposed(api: Api, receiver: Receiver) -> tuple[str, dict[str, Any]]:
    """The id of a review whose every item passes, and the answer to its proposal."""
    code = api.post("orr/start", {"change_set": CHANGE_SET, "profile": "quick"}).json()["id"]
    green(acts.find(code))
    receiver.values[GUARD["target"]] = GUARD["value"]
    body = {"id": code, "decision": "go_with_guards", "guards": [GUARD], "reason": "All passes."}
    first, again = (api.post("orr/decide", body, Idempotency_Key="propose") for _ in range(2))
    assert first.status_code == 202, first.content
    assert again.json() == first.json() and Proposal.objects.count() == 1
    return code, first.json()


def take_effect(code: str) -> None:
    """Two people sign, and the executor finds the timelock over."""
    proposal = Proposal.objects.get(review=acts.find(code))
    sign(proposal, person("sre", "sre"))
    sign(proposal, person("security", "security"))
    assert isinstance(effect(proposal), Decision)


def test_a_proposal_says_what_is_signed_by_whom_until_when(api: Api, receiver: Receiver) -> None:
    code, answer = proposed(api, receiver)
    assert answer["slots"] == ["sre", "security"] and answer["delay"] == 0
    assert answer["approve_by"] <= answer["valid_until"]
    shown = api.get("orr/checklist", {"id": code}).json()
    assert shown["state"] == "proposed"
    assert shown["approval"]["proposal_digest"] == answer["proposal_digest"] != shown["change_set_digest"]
    problem(api.post("orr/rollout", {"id": code, "event": "started"}), 409)


def test_the_course_runs_from_effect_to_exit(api: Api, receiver: Receiver) -> None:
    code, _ = proposed(api, receiver)
    take_effect(code)
    waited = api.get("orr/wait", {"id": code, "for": "decision"}).json()
    assert waited["reached"] is True and waited["state"] == "effective"
    assert api.get("orr/decision", {"id": code}).json()["decision"]["decision"] == "go_with_guards"

    said = {"id": code}
    started, again = (
        api.post("orr/rollout", {**said, "event": "started"}, Idempotency_Key="go") for _ in range(2)
    )
    assert started.status_code == 200, started.content
    assert again.json() == started.json() and "Idempotency-Replayed" in again.headers
    staged = api.post("orr/rollout", {**said, "event": "stage", "percent": 5})
    assert staged.status_code == 200 and staged.json()["rollout"]["percent"] == 5
    assert api.post("orr/rollout", {**said, "event": "finished"}).json()["state"] == "observing"

    first, second = (api.post("orr/exit", {**said, "reason": "slow"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202), first.content
    assert first.json()["exit"]["id"] == second.json()["exit"]["id"]
    progress = api.get("orr/exit", said).json()["exit"]
    assert {"state", "deadline", "phases", "keys"} <= progress.keys() and progress["state"] == "running"
    assert [key["target"] for key in progress["keys"]] == ["plant/ttl"]


def test_a_guard_that_is_lost_holds_the_start(api: Api, receiver: Receiver) -> None:
    code, _ = proposed(api, receiver)
    take_effect(code)
    receiver.values[GUARD["target"]] = "30s"
    body = problem(api.post("orr/rollout", {"id": code, "event": "started"}, Idempotency_Key="go"), 409)
    assert body["reasons"]
    receiver.values[GUARD["target"]] = GUARD["value"]
    assert api.post("orr/rollout", {"id": code, "event": "started"}, Idempotency_Key="go").status_code == 200


def test_a_token_of_another_role_cannot_lead_the_rollout(
    api: Api, receiver: Receiver, manager: User, speaks: Any
) -> None:
    code, _ = proposed(api, receiver)
    problem(speaks("product").post("orr/rollout", {"id": code, "event": "started"}), 403)
    problem(speaks("data").post("orr/decide", {"id": code, "decision": "go", "reason": "x"}), 403)
