"""Break-glass: two people all the same, no timelock, past what is named, never past red, and a debt."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from approvals import actions as approvals
from approvals.models import Approval, State
from orr.accounts.models import User
from orr.decisions import actions, snapshot
from orr.decisions import break_glass as glass
from orr.decisions.models import Decision, Proposal
from orr.lib import clock
from orr.lib.errors import Conflict, Invalid, NotAllowed
from orr.lib.sentence import say
from orr.profiles import load
from orr.reviews.acts import find
from orr.reviews.models import Review
from orr.reviews.standing import standing
from tests.decisions.emergency_fixture import decided as decided
from tests.decisions.emergency_fixture import emergency as emergency
from tests.factories.break_glass import broken
from tests.factories.break_glass import signed as signed_by
from tests.factories.decisions import effect, green, propose, record, red, sign

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
People = dict[str, User]


def refused(write: Callable[[], object], why: str) -> None:
    with pytest.raises(IntegrityError, match=why), transaction.atomic():
        write()


def test_no_built_in_profile_allows_it() -> None:
    assert [name for name in load.names() if load.get(name).policy.break_glass] == []


def test_it_is_refused_where_the_profile_does_not_allow_it(emergency: Make, people: People) -> None:
    with pytest.raises(Conflict, match="does not allow break-glass"):
        broken(emergency("G1.1", allowed=False), people["manager"], "G1.1")


def test_two_people_sign_all_the_same_and_then_nothing_counts_down(emergency: Make, people: People) -> None:
    proposal = broken(emergency("G1.1"), people["manager"], "G1.1")
    assert proposal.request.slots == ["sre", "security"]
    assert proposal.request.delay == timedelta(0)
    sign(proposal, people["sre"])
    assert effect(proposal) == "Not every slot is filled yet."
    with pytest.raises(NotAllowed, match="made this proposal|requested"):
        sign(proposal, people["manager"])
    sign(proposal, people["security"])
    assert isinstance(effect(proposal), Decision)


def test_without_break_glass_the_same_review_waits(emergency: Make, people: People) -> None:
    with pytest.raises(Conflict, match="Not decidable yet: G1.1"):
        propose(emergency("G1.1"), people["manager"])


def test_it_may_only_leave_the_timelock_out(emergency: Make, people: People) -> None:
    proposal = broken(emergency(), people["manager"])
    assert proposal.break_glass == []
    assert isinstance(effect(signed_by(proposal, people["sre"], people["security"])), Decision)


@pytest.mark.parametrize(
    ("verdict", "fields"),
    [
        ("pending", {"samples": 0}),
        ("stale", {"measured_at": "old"}),
        ("error", {"outcome": "error", "passed": None, "reason": say("No answer.")}),
    ],
)
def test_pending_stale_and_error_are_passed_by_name(
    emergency: Make, people: People, verdict: str, fields: dict[str, Any]
) -> None:
    if fields.get("measured_at"):
        fields = {"measured_at": clock.now() - timedelta(days=300)}
    review = emergency("G1.1", fields={"judged": verdict, **fields})
    assert standing(review, clock.now()).of("G1.1").verdict == verdict
    proposal = broken(review, people["manager"], "G1.1")
    assert isinstance(effect(signed_by(proposal, people["sre"], people["security"])), Decision)


def test_what_is_not_named_is_not_passed(emergency: Make, people: People) -> None:
    with pytest.raises(Conflict, match="Not decidable yet: G1.2 not passing"):
        broken(emergency("G1.1", "G1.2"), people["manager"], "G1.1")


def test_red_is_never_passed_named_or_not(emergency: Make, people: People) -> None:
    review = emergency("G1.1")
    red(review, "G1.2")
    with pytest.raises(Conflict, match="never passes red: G1.2"):
        broken(review, people["manager"], "G1.1", "G1.2")
    with pytest.raises(Conflict, match="Only No-Go is possible: G1.2"):
        broken(review, people["manager"], "G1.1")


def test_nothing_is_named_in_advance(emergency: Make, people: People) -> None:
    with pytest.raises(Conflict, match="G1.2 passes and need not be passed"):
        broken(emergency("G1.1"), people["manager"], "G1.1", "G1.2")
    with pytest.raises(Conflict, match="no item G9.9"):
        broken(emergency("G1.1"), people["manager"], "G9.9")
    with pytest.raises(Conflict, match=r"no item \?\."):
        broken(emergency("G1.1"), people["manager"], "\x00" * 9000)


def test_the_risk_is_unknown_so_it_needs_guards_all_the_same(emergency: Make, people: People) -> None:
    with pytest.raises(Conflict, match="Go needs guards"):
        broken(emergency("G1.1"), people["manager"], "G1.1", decision="go", guards=[])


def test_it_says_why(emergency: Make, people: People) -> None:
    with pytest.raises(Invalid):
        propose(emergency("G1.1"), people["manager"], break_glass=["G1.1"], reason="  ")


def test_only_who_may_propose_may_break_the_glass(emergency: Make, people: People) -> None:
    with pytest.raises(NotAllowed, match="Only the requester and release managers"):
        broken(emergency("G1.1"), people["sre"], "G1.1")


def test_the_names_and_the_reason_are_signed_and_the_reason_is_not_logged(
    emergency: Make, people: People
) -> None:
    proposal = broken(emergency("G1.1"), people["manager"], "G1.1")
    signed = bytes(proposal.payload)
    hashed = hashlib.sha256(b"The site is down.").hexdigest()
    assert snapshot.field(signed, "break_glass") == {"items": ["G1.1"], "reason_sha256": hashed}
    assert b"site is down" not in signed
    assert sign(proposal, people["sre"]).acknowledged == ["G1.1"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM tlog_pending UNION ALL SELECT data FROM tlog_entry")
        assert not [row for (row,) in cursor.fetchall() if b"site is down" in bytes(row)]


def test_other_names_are_another_digest_and_the_difference_is_told(emergency: Make, people: People) -> None:
    review = emergency("G1.1")
    first = broken(review, people["manager"], "G1.1")
    actions.cancel(code=review.code, actor=people["manager"], reason="Again.")
    record(review, "G1.1")
    second = propose(review, people["manager"])
    assert first.digest != second.digest
    told = snapshot.differences(bytes(first.payload), bytes(second.payload))
    assert "What is passed by break-glass is another." in [str(one) for one in told]


def test_a_named_item_may_change_and_pass_and_open_again(emergency: Make, people: People) -> None:
    proposal = broken(emergency("G1.1"), people["manager"], "G1.1")
    record(proposal.review, "G1.1")
    sign(proposal, people["sre"])
    record(proposal.review, "G1.1", samples=0, judged="pending")
    sign(proposal, people["security"])
    assert isinstance(effect(proposal), Decision)


def test_an_unnamed_item_that_opens_makes_it_wait(emergency: Make, people: People) -> None:
    proposal = broken(emergency("G1.1"), people["manager"], "G1.1")
    sign(proposal, people["sre"])
    record(proposal.review, "G1.2", samples=0, judged="pending")
    with pytest.raises(Conflict, match="Not decidable yet: G1.2 not passing"):
        sign(proposal, people["security"])
    record(proposal.review, "G1.2")
    sign(proposal, people["security"])
    record(proposal.review, "G1.3", samples=0, judged="pending")
    assert effect(proposal) == "Not decidable yet: G1.3 not passing, not red."
    assert Proposal.objects.get(pk=proposal.pk).state == State.OPEN


@pytest.mark.parametrize("item", ["G1.1", "G1.2"])
def test_any_red_voids_it_named_or_not(emergency: Make, people: People, item: str) -> None:
    proposal = broken(emergency("G1.1"), people["manager"], "G1.1")
    signed_by(proposal, people["sre"], people["security"])
    record(proposal.review, item, passed=False, judged="red")
    assert f"{item} turned red" in str(effect(proposal))
    assert Proposal.objects.get(pk=proposal.pk).state == State.VOID
    assert not Decision.objects.exists()


def test_a_profile_that_takes_it_back_voids_it(emergency: Make, people: People) -> None:
    proposal = broken(emergency("G1.1"), people["manager"], "G1.1")
    signed_by(proposal, people["sre"], people["security"])
    policy = {**proposal.review.profile["policy"], "break_glass": None}
    Review.objects.filter(pk=proposal.review_id).update(profile={**proposal.review.profile, "policy": policy})
    assert not isinstance(effect(proposal), Decision)


def copy_of(proposal: Proposal, review: Review, delay: timedelta, **changed: Any) -> Proposal:
    """What is to be written past the actions: the same proposal again, on a request with this delay."""
    payload = changed.pop("payload", bytes(proposal.payload))
    digest = snapshot.proposal_digest(payload)
    request = approvals.open_request(
        subject=f"copy {review.code}",
        subject_digest=digest,
        slots=["sre"],
        delay=delay,
        approve_by=proposal.approve_by,
    )
    copy = Proposal.objects.get(pk=proposal.pk)
    copy.pk, copy.request, copy.review, copy.number = None, request, review, 9
    copy.digest, copy.payload = digest, payload
    copy.state, copy.ended_at, copy.ended_by, copy.ended_reason = "open", None, None, None
    for name, value in changed.items():
        setattr(copy, name, value)
    return copy


def test_nobody_writes_a_proposal_with_a_timelock_below_the_profile(emergency: Make, people: People) -> None:
    proposal = propose(emergency(), people["manager"])
    actions.cancel(code=proposal.review.code, actor=people["manager"], reason="Again.")
    short = copy_of(proposal, proposal.review, timedelta(seconds=599), payload=bytes(proposal.payload) + b" ")
    refused(short.save, "never undercut")


def test_nobody_writes_break_glass_that_is_not_signed_or_not_allowed(emergency: Make, people: People) -> None:
    plain = propose(emergency(), people["manager"])
    other, shut = emergency(), emergency(allowed=False)
    unsigned = copy_of(plain, other, timedelta(0), payload=bytes(plain.payload) + b" ", break_glass=["G1.1"])
    refused(unsigned.save, "break-glass is what is signed")
    glassy = broken(emergency("G1.1"), people["manager"], "G1.1")
    signed = bytes(glassy.payload)
    hidden = copy_of(glassy, emergency(), timedelta(0), payload=signed + b" ", break_glass=None)
    refused(hidden.save, "break-glass is what is signed")
    not_allowed = copy_of(glassy, shut, timedelta(0), payload=signed + b"  ")
    refused(not_allowed.save, "allows no break-glass")
    swapped = copy_of(glassy, emergency(), timedelta(0), payload=signed + b"   ", reason="Another.")
    refused(swapped.save, "the reason that is signed")


def test_the_record_of_the_decision_names_what_was_passed(decided: Decision) -> None:
    assert snapshot.field(bytes(decided.payload), "break_glass") == {"items": ["G1.1"]}


def test_excusing_an_item_never_calls_it_green(emergency: Make, people: People) -> None:
    excused = glass.Excused("G1.1")
    assert excused.verdict != "green"
    review = emergency("G1.1")
    proposal = broken(review, people["manager"], "G1.1")
    frozen = {row["item"]: row["verdict"] for row in proposal.snapshot}
    assert frozen["G1.1"] == "pending"
    assert find(review.code).state == "proposed"
    green(review)
    assert Approval.objects.count() == 0
