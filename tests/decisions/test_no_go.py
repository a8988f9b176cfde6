"""No-Go is the safe direction: one authorised person, at once, whatever the checklist says."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from approvals.models import State
from orr.accounts.models import User
from orr.decisions import actions
from orr.decisions.models import Decision
from orr.decisions.refusals import rca_due
from orr.lib.errors import Conflict, Invalid, NotAllowed
from orr.reviews.acts import find
from orr.tlog import log
from tests.factories.decisions import GUARD, effect, propose, red, sign

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
People = dict[str, User]
AT = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


def refuse(code: str, who: User, **how: Any) -> Decision:
    return actions.record_no_go(code=code, actor=who, **{"reason": "Search is slow.", **how})


@pytest.mark.parametrize("who", ["manager", "boss", "sre", "security", "product"])
def test_it_is_in_effect_at_once_by_one_person(opened: Make, people: People, who: str) -> None:
    review = opened()
    decision = refuse(review.code, people[who])
    assert find(review.code).state == "no_go"
    assert (decision.decision, decision.by, decision.valid_until) == ("no_go", people[who], None)


def test_an_auditor_may_not(opened: Make) -> None:
    from tests.factories.people import person

    with pytest.raises(NotAllowed):
        refuse(opened().code, person("auditor", "auditor"))


def test_it_needs_a_reason_and_the_change_set_that_was_seen(opened: Make, people: People) -> None:
    review = opened()
    with pytest.raises(Invalid):
        refuse(review.code, people["sre"], reason="")
    with pytest.raises(Conflict, match="not the one you saw"):
        refuse(review.code, people["sre"], expected_digest="sha256:" + "0" * 64)
    assert find(review.code).state == "checking"


def test_it_ends_a_proposal_with_all_its_signatures(signed: Make, people: People) -> None:
    proposal = signed(timelock=600)
    refuse(proposal.review.code, people["product"])
    proposal.refresh_from_db()
    assert proposal.state == State.CANCELLED
    assert str(proposal.ended_reason) == "No-Go was recorded."
    assert not isinstance(effect(proposal), Decision)


def test_it_is_final(opened: Make, people: People) -> None:
    review = opened()
    refuse(review.code, people["sre"])
    with pytest.raises(Conflict, match="No-Go"):
        refuse(review.code, people["sre"])
    with pytest.raises(Conflict, match="No-Go"):
        propose(review, people["manager"])
    assert Decision.objects.count() == 1


def test_it_is_too_late_once_go_took_effect(signed: Make, people: People) -> None:
    proposal = signed()
    effect(proposal)
    with pytest.raises(Conflict, match="effective"):
        refuse(proposal.review.code, people["sre"])


def test_red_is_the_time_for_it(ready: Make, people: People) -> None:
    review = ready()
    found = red(review)
    decision = refuse(review.code, people["sre"])
    assert decision.rca_due_at is not None
    assert timedelta(0) <= decision.rca_due_at - decision.effective_at <= timedelta(hours=48)
    assert decision.rca_due_at <= found.recorded_at + timedelta(hours=52)


def test_the_analysis_is_due_48_hours_after_the_recording() -> None:
    assert rca_due(AT, None) == AT + timedelta(hours=48)
    assert rca_due(AT, AT - timedelta(hours=3)) == AT + timedelta(hours=48)


def test_or_52_hours_after_the_first_red_where_that_is_earlier() -> None:
    assert rca_due(AT, AT - timedelta(hours=10)) == AT + timedelta(hours=42)
    assert rca_due(AT, AT - timedelta(days=9)) > AT


def test_one_call_decides_either_way(ready: Make, people: People) -> None:
    given = {"reason": "Because.", "actor": people["manager"]}
    proposal = actions.decide(code=ready().code, decision="go_with_guards", guards=[GUARD], **given)
    assert sign(proposal, people["sre"]).slot == 0  # type: ignore[arg-type]
    assert isinstance(actions.decide(code=ready().code, decision="no_go", guards=[], **given), Decision)
    with pytest.raises(Invalid):
        actions.decide(code=ready().code, decision="no_go", guards=[GUARD], **given)


def test_it_is_logged(opened: Make, people: People) -> None:
    review = opened()
    decision = refuse(review.code, people["sre"])
    entry = next(e for e in log.entries_of(review.code) if e.kind == "decision.no_go")
    assert entry.artefacts["decision"] == decision.digest[7:]
