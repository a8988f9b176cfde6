"""A pipeline opens a re-review, reads what it carried, and what the former review still owes."""

import pytest

from orr.celery import app
from orr.decisions import actions
from orr.reviews.models import Review
from tests.api.conftest import Api, problem
from tests.factories.analyses import recorded
from tests.factories.decisions import green, record

pytestmark = pytest.mark.django_db


@pytest.fixture
def refused(review: Review) -> Review:
    """A No-Go with one reading of the change set."""
    record(review, "G3.3")
    actions.record_no_go(code=review.code, reason="Slow.", actor=review.requester)
    return review


def start(api: Api, former: Review) -> str:
    """The code of a re-review of the same change set."""
    sent = {"change_set": former.body, "profile": "standard", "re_review_of": former.code}
    answer = api.post("orr/start", sent)
    assert answer.status_code == 201
    return str(answer.json()["id"])


def test_the_evidence_says_for_which_review_it_was_measured(api: Api, refused: Review) -> None:
    eager, app.conf.task_always_eager = app.conf.task_always_eager, False
    try:
        body = api.get("orr/checklist", {"id": start(api, refused)}).json()
    finally:
        app.conf.task_always_eager = eager
    items = {item["code"]: item for gate in body["gates"] for item in gate["items"]}
    assert body["re_review_of"] == refused.code
    assert [piece["carried_from"] for piece in items["G3.3"]["evidence"]] == [refused.code]
    assert items["G3.3"]["verdict"] == "green"


def test_the_checklist_tells_what_is_owed_and_until_when(api: Api, refused: Review) -> None:
    owed = api.get("orr/checklist", {"id": refused.code}).json()["rca"]
    assert (owed["state"], owed["cause"], owed["overdue"]) == ("open", "no_go", False)
    recorded(refused.code, refused.requester)
    owed = api.get("orr/checklist", {"id": refused.code}).json()["rca"]
    assert (owed["state"], owed["closed_by"]) == ("recorded", None)
    assert owed["recorded_at"] is not None


def test_decide_is_refused_with_the_reason_until_the_analysis_is_recorded(api: Api, refused: Review) -> None:
    code = start(api, refused)
    green(Review.objects.get(pk=int(code.removeprefix("ORR-"))))
    guard = {"kind": "flag", "target": "plant/flag/a", "value": "on"}
    sent = {"id": code, "decision": "go_with_guards", "guards": [guard], "reason": "Mended."}
    refusal = problem(api.post("orr/decide", sent), 409)
    assert refused.code in " ".join([refusal["detail"], *refusal["reasons"]])


def test_a_former_review_that_is_not_there_is_404_and_opens_nothing(api: Api, refused: Review) -> None:
    sent = {"change_set": refused.body, "profile": None, "re_review_of": "ORR-9999"}
    problem(api.post("orr/start", sent), 404)
    assert Review.objects.count() == 1
