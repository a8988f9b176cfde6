"""A proposal ends at `approve_by`, a decision at `valid_until`: at that moment; nothing stores it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from approvals.timelock import Phase
from orr.accounts.models import User
from orr.decisions import executor, expiry
from orr.decisions.models import Decision, Proposal
from orr.lib import clock
from orr.lib.errors import Conflict
from orr.reports import facts
from orr.reviews.models import Review
from orr.rollouts import actions as rollouts
from tests.factories.decisions import effect, sign

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
BEFORE = timedelta(microseconds=-1)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Make:
    """Let the clock stand still at a moment."""
    return lambda moment: monkeypatch.setattr(clock, "now", lambda: moment)


def is_expired(review: Review) -> bool:
    return Review.objects.filter(expiry.expired(clock.now()), pk=review.pk).exists()


def test_a_microsecond_before_approve_by_it_can_be_signed_and_at_it_not(
    proposed: Make, people: dict[str, User], at: Make
) -> None:
    proposal = proposed()
    at(proposal.approve_by + BEFORE)
    assert not is_expired(proposal.review)
    assert facts.checklist(proposal.review.code)["state"] == "proposed"
    assert proposal.request.standing(clock.now()).phase is Phase.COLLECTING
    at(proposal.approve_by)
    assert is_expired(proposal.review)
    assert facts.checklist(proposal.review.code)["state"] == "expired"
    assert facts.checklist(proposal.review.code)["approval"]["state"] == "expired"
    with pytest.raises(Conflict, match="time to sign is over"):
        sign(proposal, people["sre"])
    assert Proposal.objects.get().state == "open"


def test_signed_in_time_and_not_in_effect_by_then_it_has_expired_all_the_same(signed: Make, at: Make) -> None:
    proposal = signed()
    at(proposal.approve_by)
    assert effect(proposal) == "The time to sign is over; a new proposal is needed."
    assert proposal.review.code not in executor.due()
    assert is_expired(proposal.review)


def test_a_microsecond_before_valid_until_it_may_start_and_at_it_not(
    signed: Make, people: dict[str, User], at: Make
) -> None:
    decision = effect(signed())
    assert isinstance(decision, Decision)
    assert decision.valid_until is not None
    code = decision.review.code
    at(decision.valid_until + BEFORE)
    assert not is_expired(decision.review)
    assert facts.checklist(code)["state"] == "effective"
    at(decision.valid_until)
    assert is_expired(decision.review)
    assert facts.checklist(code)["state"] == "expired"
    assert facts.checklist(code)["next"]["sentence"] == "The decision has expired; open a new review."
    with pytest.raises(Conflict, match="expired"):
        rollouts.start(code=code, actor=people["manager"])
    assert Review.objects.get(pk=decision.review_id).state == "effective"


def test_what_has_begun_in_time_does_not_expire(signed: Make, at: Make) -> None:
    decision = effect(signed())
    assert isinstance(decision, Decision)
    assert decision.valid_until is not None
    Review.objects.filter(pk=decision.review_id).update(state="rolling_out")
    at(decision.valid_until + timedelta(hours=1))
    assert not is_expired(decision.review)


def test_an_ended_proposal_does_not_expire_again(proposed: Make, people: dict[str, User], at: Make) -> None:
    from orr.decisions import actions

    proposal = proposed()
    actions.cancel(code=proposal.review.code, actor=people["manager"], reason="No.")
    at(proposal.approve_by + timedelta(days=1))
    assert not is_expired(proposal.review)
    assert facts.checklist(proposal.review.code)["state"] == "void"
