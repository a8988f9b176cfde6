"""Bad input is refused clearly, and nothing is written."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps

from orr.reviews.models import Review
from orr.reviews.states import State
from tests.api.conftest import Api, problem
from tests.factories.change_sets import change_set

pytestmark = pytest.mark.django_db
NOT_OURS = {"ratewindow", "apitoken", "session", "denial"}
UNKNOWN = "ORR-9999"


def written() -> dict[str, int]:
    """How many rows every table of ours has, but for requests that are counted and refusals that are kept."""
    models = [one for one in apps.get_models() if one._meta.model_name not in NOT_OURS]
    return {one._meta.label: one._default_manager.count() for one in models}


@pytest.fixture
def nothing_written(db: None) -> Iterator[Callable[[], None]]:
    """Call it once all is prepared; at the end every table has as many rows as then."""
    counted: list[dict[str, int]] = []
    yield lambda: counted.append(written())
    assert counted and written() == counted[0]


def with_digest(digest: str) -> dict[str, Any]:
    """A change set whose first item goes to that digest."""
    sent = change_set()
    sent["items"][0]["to"]["digest"] = digest
    return sent


@pytest.mark.parametrize(
    ("sent", "status", "pointer"),
    [
        ({"change_set": change_set(), "profile": None, "rogue": 1}, 422, "/rogue"),
        ({"change_set": change_set(rogue=1), "profile": None}, 422, "/change_set/rogue"),
        ({"change_set": [], "profile": None}, 422, "/change_set"),
        ({"change_set": change_set(title=7), "profile": None}, 422, "/change_set/title"),
        ({"change_set": change_set(title="x" * 121), "profile": None}, 422, "/change_set/title"),
        (
            {"change_set": with_digest("sha256:" + "a" * 63), "profile": None},
            422,
            "/change_set/items/0/to/digest",
        ),
        (
            {"change_set": with_digest("sha256:" + "a" * 65), "profile": None},
            422,
            "/change_set/items/0/to/digest",
        ),
        ({"change_set": change_set(items=[]), "profile": None}, 422, "/change_set/items"),
        ({"profile": None}, 422, "/change_set"),
        ({"change_set": change_set(), "profile": 3}, 422, "/profile"),
        ({"change_set": change_set(), "profile": "no-such-profile"}, 422, "/profile"),
    ],
)
def test_start_names_the_wrong_place(
    api: Api, nothing_written: Callable[[], None], sent: dict[str, Any], status: int, pointer: str
) -> None:
    nothing_written()
    body = problem(api.post("orr/start", sent), status)
    assert pointer in [one["pointer"] for one in body["errors"]]


def test_a_title_of_a_megabyte_is_too_large(api: Api, nothing_written: Callable[[], None]) -> None:
    nothing_written()
    problem(api.post("orr/start", json.dumps({"change_set": change_set(title="x" * 2**20)})), 413)


def test_an_id_of_nothing_is_not_there(api: Api, nothing_written: Callable[[], None]) -> None:
    nothing_written()
    for code in (UNKNOWN, "ORR-0", "nonsense", "ORR-99999999999999999999", "'; drop table", "ORR-0001\n"):
        for path in ("checklist", "decision", "exit", "report", "wait"):
            query = {"id": code, **({"for": "exit"} if path == "wait" else {})}
            problem(api.get(f"orr/{path}", query), 404)
    problem(api.post("orr/decide", {"id": UNKNOWN, "decision": "no_go", "guards": [], "reason": "x"}), 404)
    problem(api.post("orr/exit", {"id": UNKNOWN, "reason": "x"}), 404)
    problem(api.post("orr/collect", {"id": UNKNOWN}), 404)
    problem(api.post("orr/rollout", {"id": UNKNOWN, "event": "started"}), 404)
    problem(api.post("orr/evidence", {"id": UNKNOWN, "item": "G3.3", "format": "number", "value": 1}), 404)
    problem(
        api.post("orr/start", {"change_set": change_set(), "profile": None, "re_review_of": UNKNOWN}), 404
    )


def test_a_stale_digest_is_a_conflict(api: Api, review: Review, nothing_written: Callable[[], None]) -> None:
    nothing_written()
    stale = "sha256:" + "0" * 64
    said = {"id": review.code, "reason": "tested", "expected_digest": stale}
    problem(api.post("orr/decide", {**said, "decision": "no_go"}), 409)
    problem(
        api.send(
            "PUT", "orr/change_set", {"id": review.code, "change_set": change_set(), "expected_digest": stale}
        ),
        409,
    )


def test_what_is_not_decidable_yet_is_a_conflict_with_its_reasons(
    api: Api, review: Review, nothing_written: Callable[[], None]
) -> None:
    nothing_written()
    body = problem(api.post("orr/decide", {"id": review.code, "decision": "go", "reason": "x"}), 409)
    assert body.get("reasons") or body["detail"]


def test_a_review_past_its_decision_takes_nothing_more(
    api: Api, review: Review, nothing_written: Callable[[], None]
) -> None:
    first = api.post("orr/decide", {"id": review.code, "decision": "no_go", "reason": "red"})
    assert first.status_code == 200 and first.json()["state"] == "no_go"
    assert first.json()["rca_due_at"] > first.json()["effective_at"]
    review.refresh_from_db()
    assert review.state == State.NO_GO
    nothing_written()
    said = {"id": review.code}
    problem(api.post("orr/decide", {**said, "decision": "no_go", "reason": "again"}), 409)
    problem(api.post("orr/decide", {**said, "decision": "go", "reason": "again"}), 409)
    problem(api.post("orr/collect", said), 409)
    problem(api.post("orr/evidence", {**said, "item": "G3.3", "format": "number", "passed": True}), 409)
    problem(api.post("orr/rollout", {**said, "event": "started"}), 409)
    edit = {**said, "change_set": change_set(), "expected_digest": review.change_set.digest}
    problem(api.send("PUT", "orr/change_set", edit), 409)
    problem(api.post("orr/exit", {**said, "reason": "x"}), 409)


def test_a_result_of_another_digest_is_refused(
    api: Api, review: Review, nothing_written: Callable[[], None]
) -> None:
    nothing_written()
    sent = {
        "id": review.code,
        "item": "G3.3",
        "format": "number",
        "passed": True,
        "subject_digests": ["sha256:" + "9" * 64],
    }
    problem(api.post("orr/evidence", sent), 422)


def test_a_stage_says_its_percent(api: Api, review: Review, nothing_written: Callable[[], None]) -> None:
    nothing_written()
    problem(api.post("orr/rollout", {"id": review.code, "event": "stage"}), 422)
    problem(api.post("orr/rollout", {"id": review.code, "event": "stage", "percent": 101}), 422)
    problem(api.post("orr/rollout", {"id": review.code, "event": "finished"}), 409)
