"""Whoever writes past the actions cannot change a proposal, forge an effect or rewrite a decision."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from approvals import actions as approvals
from approvals.models import State
from orr.accounts.models import User
from orr.decisions.models import Decision, Proposal
from orr.lib import clock
from tests.factories.decisions import effect

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
People = dict[str, User]


def refused(write: Callable[[], object], why: str) -> None:
    with pytest.raises(IntegrityError, match=why), transaction.atomic():
        write()


def forged(signed: Proposal, by: User, /, **changed: Any) -> Callable[[], Decision]:
    fields = {
        "review": signed.review,
        "proposal": signed,
        "decision": signed.decision,
        "effective_at": clock.now(),
        "valid_until": signed.valid_until,
        "by": by,
        "payload": b"{}",
        "digest": "sha256:" + "0" * 64,
        **changed,
    }
    return lambda: Decision.objects.create(**fields)


@pytest.mark.parametrize(
    "change",
    [
        {"guards": []},
        {"payload": b"{}"},
        {"digest": "sha256:" + "0" * 64},
        {"decision": "go"},
        {"snapshot": []},
        {"reason": "Another."},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_proposal_is_read_only(proposed: Make, change: dict[str, Any]) -> None:
    same = Proposal.objects.filter(pk=proposed().pk)
    refused(lambda: same.update(**change), "read-only|guarded_go_has_guards|ends as its approval")


def test_a_proposal_is_never_deleted(proposed: Make) -> None:
    same = Proposal.objects.filter(pk=proposed().pk)
    refused(lambda: same._raw_delete("default"), "never deleted")


def test_a_proposal_cannot_be_called_effective(signed: Make) -> None:
    same = Proposal.objects.filter(pk=signed().pk)
    refused(lambda: same.update(state="effective", ended_at=clock.now()), "ends as its approval did")


def test_an_ended_proposal_stays_ended(proposed: Make) -> None:
    proposal = proposed()
    request = approvals.end(request_id=proposal.request_id, state=State.VOID)
    same = Proposal.objects.filter(pk=proposal.pk)
    same.update(state="void", ended_at=request.ended_at)
    refused(lambda: same.update(state="open", ended_at=None), "has ended")


def test_a_proposal_is_approved_by_its_own_digest(proposed: Make, ready: Make) -> None:
    whole = proposed()
    other = approvals.open_request(
        subject="other",
        subject_digest="sha256:" + "f" * 64,
        slots=["sre"],
        delay=timedelta(0),
        approve_by=whole.approve_by,
    )
    copy = Proposal.objects.get(pk=whole.pk)
    copy.pk, copy.request, copy.review, copy.digest = None, other, ready(), other.subject_digest
    refused(copy.save, "its own digest")


def test_go_takes_effect_only_on_an_approved_proposal(signed: Make, people: People) -> None:
    refused(forged(signed(timelock=600), people["boss"]), "exactly the proposal that was approved")


def test_go_takes_effect_only_in_the_review_that_was_approved(
    signed: Make, ready: Make, people: People
) -> None:
    proposal, other = signed(), ready()
    request = approvals.end(request_id=proposal.request_id, state=State.EFFECTIVE)
    Proposal.objects.filter(pk=proposal.pk).update(state="effective", ended_at=request.ended_at)
    refused(
        forged(proposal, people["boss"], review=other, effective_at=request.ended_at), "exactly the proposal"
    )


def test_go_without_a_proposal_and_no_go_with_a_way_out_are_no_decisions(
    signed: Make, people: People
) -> None:
    proposal = signed()
    refused(forged(proposal, people["boss"], proposal=None), "exactly the proposal|no_go_has_an_rca")
    refused(
        forged(proposal, people["boss"], decision="no_go", proposal=None, valid_until=None),
        "no_go_has_an_rca",
    )


def test_a_decision_is_dated_by_nobody(signed: Make, people: People) -> None:
    due = {"decision": "no_go", "proposal": None, "valid_until": None}
    for wrong in (timedelta(hours=1), timedelta(hours=-1)):
        at = clock.now() + wrong
        later = at + timedelta(hours=48)
        refused(
            forged(signed(), people["boss"], effective_at=at, rca_due_at=later, **due), "takes effect now"
        )


def test_a_decision_is_never_changed_or_deleted(signed: Make) -> None:
    decision = effect(signed())
    assert isinstance(decision, Decision)
    same = Decision.objects.filter(pk=decision.pk)
    refused(lambda: same.update(reason="Another."), "never changed")
    refused(lambda: same._raw_delete("default"), "never changed")
