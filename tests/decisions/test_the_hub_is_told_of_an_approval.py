"""Law: the event hub is told that an approval is asked for, and once how it ended, in valid events."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from jsonschema import Draft202012Validator

from orr.accounts.models import User
from orr.decisions import actions, announcing
from orr.decisions.models import Decision, Proposal
from orr.events import envelope, schemas
from orr.events.models import Outgoing
from orr.events.vocabulary import HubEvent
from orr.exits import actions as exits
from orr.lib import clock
from orr.reviews.models import Review
from tests.factories.decisions import effect, propose, red, short_deadline, sign, wait

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
People = dict[str, User]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Make:
    """Let the clock stand still at a moment."""
    return lambda moment: monkeypatch.setattr(clock, "now", lambda: moment)


def told(review: Review) -> list[Outgoing]:
    """What the hub is told of the review, each event held against the schemas as they are published."""
    rows = list(Outgoing.objects.filter(subject=review.code).order_by("pk"))
    for row in rows:
        check("envelope", row.envelope)
        check(row.type, row.envelope["data"])
        assert envelope.read(envelope.to_bytes(row.envelope)) == row.envelope
        assert row.envelope["dataschema"].endswith(f"/events/schemas/{row.type}.v1.json")
    return rows


def check(name: str, value: Any) -> None:
    schema = json.loads(schemas.text(f"{name}.v1.json") or "")
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(value)


def types(review: Review) -> list[str]:
    return [row.type.removeprefix("ops.approval.") for row in told(review)]


def test_every_event_has_its_schema() -> None:
    assert schemas.names() == sorted(f"{name}.v1.json" for name in [*HubEvent, "envelope"])
    for name in schemas.names():
        Draft202012Validator.check_schema(json.loads(schemas.text(name) or ""))
    assert schemas.text("../models.py") is None


def test_a_proposal_is_asked_for_and_its_effect_granted(signed: Make, settings: Any) -> None:
    settings.PUBLIC_URL = "https://orr.example"
    proposal: Proposal = signed(timelock=0)
    decision = effect(proposal)
    assert isinstance(decision, Decision)
    asked, granted = told(proposal.review)
    assert (asked.type, granted.type) == ("ops.approval.requested", "ops.approval.granted")
    code = proposal.review.code
    about = {
        "review": code,
        "proposal": proposal.digest,
        "change_set_digest": proposal.review.change_set.digest,
        "environment": proposal.review.environment,
        "decision": "go_with_guards",
    }
    assert asked.envelope["data"].items() >= about.items()
    assert asked.envelope["data"]["slots"] == ["sre", "security"]
    assert asked.envelope["data"]["url"] == f"https://orr.example/orr/{code}/approve"
    assert granted.envelope["data"].items() >= about.items()
    assert granted.envelope["data"]["decision_digest"] == decision.digest
    assert {asked.envelope["source"], granted.envelope["source"]} == {"https://orr.example"}
    assert asked.envelope["id"] == str(asked.event_id) != granted.envelope["id"]


def test_nobody_is_named(signed: Make) -> None:
    proposal = signed()
    effect(proposal)
    said = json.dumps([row.envelope for row in told(proposal.review)])
    for person in User.objects.all():
        for word in (person.username, person.name, str(person.pk)):
            assert f'"{word}"' not in said or word in ("sre", "security"), word
    assert proposal.reason not in said and proposal.review.body["title"] not in said


def test_what_is_taken_back_was_never_said(ready: Make, people: People) -> None:
    review = ready()
    with transaction.atomic():
        propose(review, people["manager"])
        assert types(review) == ["requested"]
        transaction.set_rollback(True)
    assert types(review) == []


def test_a_rejection_and_a_cancellation_are_rejected_and_say_which(proposed: Make, people: People) -> None:
    first = proposed()
    actions.reject(code=first.review.code, actor=people["security"], reason="No.")
    second = propose(first.review, people["manager"])
    actions.cancel(code=first.review.code, actor=people["manager"], reason="No.")
    ended = [row.envelope["data"] for row in told(first.review) if row.type.endswith("rejected")]
    assert [(one["proposal"], one["ended_as"]) for one in ended] == [
        (first.digest, "rejected"),
        (second.digest, "cancelled"),
    ]
    assert types(first.review) == ["requested", "rejected"] * 2


def test_what_is_void_is_rejected(proposed: Make) -> None:
    proposal = proposed()
    red(proposal.review)
    assert types(proposal.review) == ["requested", "rejected"]
    assert told(proposal.review)[1].envelope["data"]["ended_as"] == "void"


def test_a_no_go_is_told_of_the_review_after_what_it_stopped(proposed: Make, people: People) -> None:
    proposal = proposed()
    actions.record_no_go(code=proposal.review.code, reason="No.", actor=people["security"])
    stopped, refused = (row.envelope["data"] for row in told(proposal.review)[1:])
    assert (stopped["proposal"], stopped["ended_as"]) == (proposal.digest, "cancelled")
    assert (refused["proposal"], refused["ended_as"], refused["decision"]) == (None, "no_go", "no_go")


def test_a_no_go_without_a_proposal_is_told_alone(opened: Make, people: People) -> None:
    review = opened()
    actions.record_no_go(code=review.code, reason="No.", actor=people["manager"])
    assert types(review) == ["rejected"]


def test_a_withdrawn_review_takes_its_request_with_it(proposed: Make, people: People) -> None:
    review = proposed().review
    exits.start(code=review.code, actor=people["manager"], reason="No.")
    assert types(review) == ["requested", "rejected"]


def test_an_expiry_is_told_at_the_deadline_once_though_nothing_stores_it(
    proposed: Make, people: People, at: Make
) -> None:
    proposal = proposed()
    assert announcing.sweep() == 0
    at(proposal.approve_by)
    assert announcing.sweep() == 1
    assert announcing.sweep() == 0
    assert types(proposal.review) == ["requested", "expired"]
    assert Proposal.objects.get().state == "open"


def test_a_request_has_one_answer_whoever_comes_later(proposed: Make, people: People, at: Make) -> None:
    proposal = proposed()
    at(proposal.approve_by)
    announcing.sweep()
    red(proposal.review)
    assert Proposal.objects.get().state == "void"
    assert types(proposal.review) == ["requested", "expired"]


def test_an_expiry_that_an_act_finds_is_told_with_the_act(
    proposed: Make, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    short_deadline(monkeypatch, timedelta(seconds=0.3))
    proposal = proposed()
    wait(0.4)
    actions.cancel(code=proposal.review.code, actor=people["manager"], reason="No.")
    assert announcing.sweep() == 0
    assert types(proposal.review) == ["requested", "expired"]


def test_a_signature_alone_tells_nothing(proposed: Make, people: People) -> None:
    proposal = proposed()
    sign(proposal, people["sre"])
    assert types(proposal.review) == ["requested"]
