"""A signature is on what was shown, on facts that pass now, once per person, and can be taken back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from approvals.models import Approval, State
from orr.accounts.models import User
from orr.decisions import actions, endings
from orr.lib.errors import Conflict, Invalid, NotAllowed
from orr.reviews.acts import find
from orr.tlog import log
from tests.factories.decisions import effect, green, propose, record, red, short_deadline, sign

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
People = dict[str, User]


@pytest.mark.parametrize("digest", [None, ""])
def test_nothing_is_signed_without_a_digest(proposed: Make, people: People, digest: str | None) -> None:
    with pytest.raises(Conflict, match="nothing is signed unseen"):
        sign(proposed(), people["sre"], expected_digest=digest)
    assert not Approval.objects.exists()


def test_an_unknown_digest_is_refused(proposed: Make, people: People) -> None:
    with pytest.raises(Conflict, match="another than the one you were shown"):
        sign(proposed(), people["sre"], expected_digest="sha256:" + "0" * 64)


def test_a_stale_digest_is_refused_with_what_differs(proposed: Make, people: People) -> None:
    first = proposed()
    actions.cancel(code=first.review.code, actor=people["manager"], reason="Longer.")
    propose(first.review, people["manager"], guards=[{"kind": "flag", "target": "plant/f", "value": "91s"}])
    with pytest.raises(Conflict) as refusal:
        sign(first, people["sre"])
    assert "The guards are others." in [str(reason) for reason in refusal.value.reasons]
    assert not Approval.objects.exists()


def test_the_digest_of_the_change_set_is_not_that_of_the_proposal(proposed: Make, people: People) -> None:
    proposal = proposed()
    with pytest.raises(Conflict):
        sign(proposal, people["sre"], expected_digest=proposal.review.change_set.digest)


def test_the_proposal_of_another_review_is_refused(proposed: Make, people: People) -> None:
    one, other = proposed(), proposed()
    with pytest.raises(Conflict):
        sign(one, people["sre"], expected_digest=other.digest)


def test_the_timelock_starts_when_the_last_slot_is_filled(proposed: Make, people: People) -> None:
    proposal = proposed(timelock=600)
    sign(proposal, people["sre"])
    proposal.request.refresh_from_db()
    assert proposal.request.filled_at is None
    last = sign(proposal, people["security"])
    proposal.request.refresh_from_db()
    assert proposal.request.filled_at >= last.signed_at


def test_signing_twice_gives_the_same_signature(proposed: Make, people: People) -> None:
    proposal = proposed()
    first, again = sign(proposal, people["sre"]), sign(proposal, people["sre"], comment="again")
    assert (first.pk, again.comment) == (again.pk, "")
    assert [entry.kind for entry in log.entries_of(proposal.review.code)].count("proposal.signed") == 1


@pytest.mark.parametrize(
    "now",
    [
        {"outcome": "error", "passed": None, "judged": "error", "reason": {"msgid": "Away.", "params": {}}},
        {"samples": 0, "judged": "pending"},
    ],
    ids=["error", "pending"],
)
def test_what_is_not_known_now_refuses_for_now(proposed: Make, people: People, now: Any) -> None:
    proposal = proposed()
    record(proposal.review, "G1.1", **now)
    with pytest.raises(Conflict, match="Not decidable yet: G1.1") as refusal:
        sign(proposal, people["sre"])
    assert any("G1.1 is" in str(reason) for reason in refusal.value.reasons)
    assert not Approval.objects.exists()
    record(proposal.review, "G1.1")
    assert sign(proposal, people["sre"]).slot == 0


def test_red_found_by_a_signature_voids_the_proposal(proposed: Make, people: People) -> None:
    proposal = proposed()
    record(proposal.review, "G1.2", passed=False, judged="red")
    with pytest.raises(Conflict, match="void: G1.2 turned red"):
        sign(proposal, people["sre"])
    proposal.refresh_from_db()
    assert (proposal.state, find(proposal.review.code).state) == (State.VOID, "void")
    assert not Approval.objects.exists()


def test_red_voids_by_itself_with_the_reason(proposed: Make) -> None:
    proposal = proposed()
    red(proposal.review)
    proposal.refresh_from_db()
    assert proposal.state == State.VOID
    assert "G1.2" in str(proposal.ended_reason)


def test_a_withdrawn_statement_voids(proposed: Make) -> None:
    proposal = proposed()
    record(proposal.review, "G6.4", outcome="withdrawn", passed=None, judged="pending")
    endings.on_evidence(subject=proposal.review.code)
    proposal.refresh_from_db()
    assert proposal.state == State.VOID


def test_collecting_again_with_the_same_verdicts_changes_nothing(proposed: Make, people: People) -> None:
    proposal = proposed()
    sign(proposal, people["sre"])
    green(proposal.review)
    proposal.refresh_from_db()
    assert [one.person for one in proposal.request.live_approvals()] == [people["sre"]]
    sign(proposal, people["security"])
    assert not isinstance(effect(proposal), str)


def test_an_earlier_red_is_acknowledged_by_signing(opened: Make, people: People) -> None:
    review = opened()
    record(review, "G1.2", passed=False, judged="red")
    green(review)
    assert sign(propose(review, people["manager"]), people["sre"]).acknowledged == ["G1.2"]


@pytest.mark.parametrize(("method", "weak"), [("password", True), ("totp", False)])
def test_a_password_alone_is_marked_as_weak(proposed: Make, people: People, method: str, weak: bool) -> None:
    assert sign(proposed(), people["sre"], method=method).weak is weak


def test_what_is_typed_is_kept_and_never_logged(proposed: Make, people: People) -> None:
    proposal = proposed()
    approval = sign(proposal, people["sre"], comment="  Checked the transfers.  ")
    assert approval.comment == "Checked the transfers."
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tlog_pending WHERE position('transfers'::bytea in data) > 0")
        assert cursor.fetchone() == (0,)


def test_too_long_a_comment_is_pointed_at(proposed: Make, people: People) -> None:
    with pytest.raises(Invalid) as refusal:
        sign(proposed(), people["sre"], comment="x" * 2001)
    assert refusal.value.errors[0].pointer == "/comment"


def test_nothing_is_signed_after_the_deadline(
    ready: Make, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = ready()
    short_deadline(monkeypatch, timedelta(seconds=1))
    proposal = propose(review, people["manager"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(1.05)")
    with pytest.raises(Conflict, match="time to sign is over"):
        sign(proposal, people["sre"])


def test_a_signature_can_be_taken_back_until_the_effect(signed: Make, people: People) -> None:
    proposal = signed(timelock=600)
    actions.withdraw_signature(code=proposal.review.code, actor=people["sre"])
    proposal.request.refresh_from_db()
    assert proposal.request.filled_at is None
    assert find(proposal.review.code).state == "proposed"
    assert sign(proposal, people["sre2"]).slot == 0


def test_nobody_takes_back_what_took_effect(signed: Make, people: People) -> None:
    proposal = signed()
    effect(proposal)
    with pytest.raises(Conflict, match="took effect"):
        actions.withdraw_signature(code=proposal.review.code, actor=people["sre"])


@pytest.mark.parametrize("who", ["sre", "security", "product"])
def test_rejecting_ends_it_by_those_with_a_slot(proposed: Make, people: People, who: str) -> None:
    proposal = proposed()

    def reject(reason: str) -> None:
        actions.reject(code=proposal.review.code, actor=people[who], reason=reason)

    if who == "product":
        with pytest.raises(NotAllowed):
            reject("No.")
        return
    with pytest.raises(Invalid):
        reject(" ")
    reject("Replica lag 100% unexplained.")
    proposal.refresh_from_db()
    assert (proposal.state, proposal.ended_by) == (State.REJECTED, people[who])
    assert str(proposal.ended_reason) == "Replica lag 100% unexplained."
    assert find(proposal.review.code).state == "void"


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("manager", True),
        ("sre", True),
        ("security2", True),
        ("sre2", False),
        ("product", False),
        ("boss", False),
    ],
)
def test_cancelling_is_for_requester_signers_and_veto(
    signed: Make, people: People, who: str, may: bool
) -> None:
    proposal = signed(timelock=600)

    def cancel() -> None:
        actions.cancel(code=proposal.review.code, actor=people[who], reason="Not today.")

    if not may:
        with pytest.raises(NotAllowed):
            cancel()
        return
    cancel()
    with pytest.raises(Conflict, match="cancelled"):
        cancel()
    assert effect(proposal) == f"Nothing is proposed on {proposal.review.code}."


def test_cancelling_another_proposal_than_shown_is_refused(proposed: Make, people: People) -> None:
    with pytest.raises(Conflict):
        actions.cancel(
            code=proposed().review.code, actor=people["manager"], reason="x", expected_digest="sha256:0"
        )
