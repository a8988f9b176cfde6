"""A proposal is made by the right people, on known facts, one at a time, and freezes what it binds."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from approvals.models import State
from orr.accounts.models import User
from orr.decisions import actions
from orr.decisions.models import Proposal
from orr.guards import contracts
from orr.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from orr.lib.met import Unmet
from orr.lib.sentence import say
from orr.reviews.acts import find
from orr.tlog import log
from tests.factories.decisions import GUARD, effect, propose, record, short_deadline, sign

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
People = dict[str, User]


def test_the_requester_proposes_and_the_ready_time_is_known(proposed: Make) -> None:
    proposal = proposed(timelock=60)
    assert find(proposal.review.code).state == "proposed"
    assert proposal.request.slots == ["sre", "security"]
    assert proposal.request.delay == timedelta(seconds=60)
    assert proposal.request.subject_digest == proposal.digest
    assert proposal.proposed_at < proposal.approve_by <= proposal.valid_until


def test_a_release_manager_proposes_too(ready: Make, people: People) -> None:
    assert propose(ready(), people["boss"]).proposed_by == people["boss"]


@pytest.mark.parametrize("who", ["sre", "product"])
def test_a_non_proposer_is_refused(ready: Make, people: People, who: str) -> None:
    with pytest.raises(NotAllowed, match="Only the requester and release managers"):
        propose(ready(), people[who])
    assert not Proposal.objects.exists()


def test_an_active_one_again_is_refused(proposed: Make, people: People) -> None:
    proposal = proposed()
    with pytest.raises(Conflict, match="open already"):
        propose(proposal.review, people["boss"])
    assert Proposal.objects.count() == 1


def test_an_overdue_one_makes_room(ready: Make, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    review = ready()
    with monkeypatch.context() as patch:
        short_deadline(patch, timedelta(seconds=1))
        first = propose(review, people["manager"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(1.05)")
    second = propose(review, people["manager"])
    first.refresh_from_db()
    assert (first.state, second.state, second.number) == (State.EXPIRED, State.OPEN, 2)
    assert second.request.approvals.count() == 0


def test_red_cannot_be_proposed(ready: Make, people: People) -> None:
    review = ready()
    record(review, "G3.3", passed=False, judged="red")
    with pytest.raises(Conflict, match="Only No-Go is possible: G3.3") as refusal:
        propose(review, people["manager"])
    assert len(refusal.value.reasons) == 2


def test_what_was_not_collected_cannot_be_proposed(opened: Make, people: People) -> None:
    with pytest.raises(Conflict, match="Not decidable yet"):
        propose(opened(), people["manager"])


def test_plain_go_needs_a_known_risk(ready: Make, people: People) -> None:
    with pytest.raises(Conflict, match="risk is unknown"):
        propose(ready(), people["manager"], decision="go", guards=[])


def test_go_with_guards_needs_a_guard(ready: Make, people: People) -> None:
    with pytest.raises(Conflict, match="at least one guard"):
        propose(ready(), people["manager"], guards=[])


def test_a_guard_whose_driver_is_silent_does_not_count(
    ready: Make, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contracts, "answers", lambda _guard: Unmet(say("The driver did not answer.")))
    with pytest.raises(Conflict, match="The driver did not answer"):
        propose(ready(), people["manager"])


def test_an_observation_window_alone_is_no_guard_that_answered(ready: Make, people: People) -> None:
    with pytest.raises(Conflict, match="at least one guard"):
        propose(ready(), people["manager"], guards=[{"kind": "observation", "value": "900s"}])


def test_a_guard_that_says_too_little_is_pointed_at(ready: Make, people: People) -> None:
    with pytest.raises(Invalid) as refusal:
        propose(ready(), people["manager"], guards=[GUARD, {"kind": "flag", "target": "plant/x"}])
    assert [error.pointer for error in refusal.value.errors] == ["/guards/1"]


def test_a_guard_has_an_owner_and_an_end_when_it_is_signed(proposed: Make) -> None:
    signed = json.loads(bytes(proposed().payload))["guards"][0]
    assert signed["owner"] == "manager"
    assert signed["expires_at"]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"decision": "maybe"}, "/decision"),
        ({"decision": "go"}, "/guards"),
        ({"reason": "  "}, "/reason"),
        ({"reason": "x" * 2001}, "/reason"),
    ],
)
def test_wrong_input_is_pointed_at(ready: Make, people: People, wrong: Any, pointer: str) -> None:
    with pytest.raises(Invalid) as refusal:
        propose(ready(), people["manager"], **wrong)
    assert [error.pointer for error in refusal.value.errors] == [pointer]


def test_another_change_set_than_the_one_seen_is_refused(ready: Make, people: People) -> None:
    with pytest.raises(Conflict, match="not the one you saw"):
        propose(ready(), people["manager"], expected_digest="sha256:" + "0" * 64)


def test_the_one_seen_is_accepted(ready: Make, people: People) -> None:
    review = ready()
    assert propose(review, people["manager"], expected_digest=review.change_set.digest).number == 1


def test_nothing_of_that_id(people: People) -> None:
    with pytest.raises(NotFound):
        actions.propose(code="ORR-9999", decision="go", guards=[], reason="x", actor=people["manager"])


def test_nothing_is_proposed_once_it_took_effect(signed: Make, people: People) -> None:
    proposal = signed()
    effect(proposal)
    with pytest.raises(Conflict, match="effective"):
        propose(proposal.review, people["manager"])


def test_a_new_proposal_begins_without_signatures(proposed: Make, people: People) -> None:
    first = proposed()
    sign(first, people["sre"])
    actions.cancel(code=first.review.code, actor=people["manager"], reason="Another guard.")
    second = propose(first.review, people["manager"])
    assert second.request.live_approvals() == []
    assert second.digest != first.digest


def test_the_proposal_is_logged_with_its_digest(proposed: Make) -> None:
    proposal = proposed()
    entry = log.entries_of(proposal.review.code)[-1]
    assert entry.kind == "proposal.made"
    assert "sha256:" + entry.artefacts["proposal"] == proposal.digest


def test_every_item_is_frozen(proposed: Make) -> None:
    frozen = json.loads(bytes(proposed().payload))["snapshot"]
    assert len(frozen) == 26
    assert {row["verdict"] for row in frozen} == {"green", "not_applicable"}
