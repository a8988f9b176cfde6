"""The API tells the decision with its document, finds what expired, and breaks no glass."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from orr.accounts.models import User
from orr.decisions import executor
from orr.decisions.models import Decision, Proposal
from orr.guards import contracts
from orr.lib import clock
from orr.lib.canonical import canonical_bytes
from orr.lib.met import Met
from orr.reviews.models import Review
from orr.tlog import log
from tests.api.conftest import Api, problem
from tests.factories.break_glass import broken, profile_file, signed, waiting
from tests.factories.decisions import GUARD, propose
from tests.factories.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.PLURA_PROFILES = str(tmp_path)
    monkeypatch.setattr(contracts, "answers", lambda _guard: Met())
    return tmp_path


@pytest.fixture
def signers(manager: User) -> tuple[User, User]:
    return person("sre", "sre"), person("sec", "security")


def decided(manager: User, folder: Path, signers: tuple[User, User]) -> Decision:
    review = waiting(profile_file(folder, timelock=0), manager)
    signed(propose(review, manager), *signers)
    made = executor.take_effect(review.code)
    assert isinstance(made, Decision)
    return made


def test_the_document_ties_the_decision_to_its_record_and_log_entry(
    api: Api, manager: User, folder: Path, signers: tuple[User, User]
) -> None:
    made = decided(manager, folder, signers)
    log.sequence()
    body = api.get("orr/decision", {"id": made.review.code}).json()
    document = body["document"]
    record = canonical_bytes(document["record"])
    assert "sha256:" + hashlib.sha256(record).hexdigest() == body["decision"]["digest"] == made.digest
    entry = next(one for one in log.entries_of(made.review.code) if one.index == document["log"]["effect"])
    assert entry.artefacts["decision"] == made.digest[7:]
    assert [one["name"] for one in document["signatures"]] == ["Sre", "Sec"]
    assert all(one["log_index"] is not None for one in document["signatures"])
    assert document["change_set"]["digest"] == made.review.change_set.digest
    assert document["expired"] is False


def test_while_nothing_is_decided_there_is_no_document(api: Api, review: Review) -> None:
    assert api.get("orr/decision", {"id": review.code}).json()["document"] is None


def test_a_token_breaks_no_glass(api: Api, manager: User, folder: Path) -> None:
    review = waiting(profile_file(folder), manager, "G1.1")
    body = {"id": review.code, "decision": "go_with_guards", "guards": [GUARD], "reason": "Now."}
    for field in ("break_glass", "named"):
        problem(api.post("orr/decide", body | {field: ["G1.1"]}), 422)
    problem(api.post("orr/decide", body), 409)
    assert not Proposal.objects.exists()


def test_what_was_passed_by_name_is_told(
    api: Api, manager: User, folder: Path, signers: tuple[User, User]
) -> None:
    review = waiting(profile_file(folder), manager, "G1.1")
    signed(broken(review, manager, "G1.1"), *signers)
    executor.take_effect(review.code)
    body = api.get("orr/decision", {"id": review.code}).json()
    assert body["decision"]["break_glass"] == ["G1.1"]
    assert body["document"]["record"]["break_glass"] == {"items": ["G1.1"]}
    assert body["decision"]["debt"]["second_look"] is None


def codes(api: Api, **query: str) -> list[tuple[str, str]]:
    return [(row["id"], row["state"]) for row in api.get("orr", query).json()["reviews"]]


def test_the_list_finds_what_expired_and_only_that(
    api: Api, manager: User, folder: Path, signers: tuple[User, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = decided(manager, folder, signers)
    unsigned = propose(waiting(profile_file(folder, timelock=0), manager), manager)
    open_one = waiting(profile_file(folder, timelock=0), manager)
    assert codes(api, state="expired") == []
    assert codes(api, state="effective") == [(made.review.code, "effective")]
    late = unsigned.approve_by
    monkeypatch.setattr(clock, "now", lambda: late)
    over = {(made.review.code, "expired"), (unsigned.review.code, "expired")}
    assert set(codes(api, state="expired")) == over
    assert set(codes(api)) == {*over, (open_one.code, "checking")}
    assert codes(api, state="effective") == codes(api, state="proposed") == []


def test_the_description_names_the_document_and_the_filter(api: Api) -> None:
    described = api.get("openapi.json").json()
    answer = described["components"]["schemas"]["DecisionAnswer"]["properties"]
    assert "document" in answer
    states = next(p for p in described["paths"]["/v1/orr"]["get"]["parameters"] if p["name"] == "state")
    assert "expired" in states["schema"]["enum"]
