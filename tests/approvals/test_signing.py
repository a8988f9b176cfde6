"""Granting, withdrawing and ending; the cases that OpenZeppelin's TimelockController is tested with."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from approvals import actions
from approvals.models import Approval, State
from approvals.timelock import Phase
from orr.lib import clock
from orr.lib.errors import Conflict, NotFound

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


def wait(seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [seconds])


def test_a_policy_without_slots_is_refused(request_for: Make) -> None:
    with pytest.raises(Conflict, match="no approval slots"):
        request_for(slots=())


def test_scheduling_an_active_one_again_is_refused(request_for: Make) -> None:
    request_for("S-1")
    with pytest.raises(Conflict, match="already open"):
        request_for("S-1")


def test_effect_of_an_unscheduled_one_is_refused() -> None:
    from uuid import uuid4

    with pytest.raises(NotFound):
        actions.end(request_id=uuid4(), state=State.EFFECTIVE)


def test_effect_right_after_scheduling_is_refused(request_for: Make) -> None:
    with pytest.raises(Conflict, match="Not every slot"):
        actions.end(request_id=request_for().pk, state=State.EFFECTIVE)


def test_effect_before_ready_is_refused(request_for: Make, sign: Make) -> None:
    request = request_for(delay=timedelta(seconds=30))
    sign(request, "ann", 0)
    sign(request, "bob", 1)
    with pytest.raises(Conflict, match="still running"):
        actions.end(request_id=request.pk, state=State.EFFECTIVE)


def test_effect_on_time_works_and_only_once(request_for: Make, sign: Make) -> None:
    request = request_for(delay=timedelta(milliseconds=40))
    sign(request, "ann", 0)
    sign(request, "bob", 1)
    wait(0.05)
    ended = actions.end(request_id=request.pk, state=State.EFFECTIVE)
    assert ended.ended_at >= ended.filled_at + ended.delay
    with pytest.raises(Conflict, match="it took effect"):
        actions.end(request_id=request.pk, state=State.EFFECTIVE)


def test_effect_after_the_deadline_is_refused(request_for: Make, sign: Make) -> None:
    request = request_for(within=timedelta(seconds=3))
    sign(request, "ann", 0)
    sign(request, "bob", 1)
    wait((request.approve_by - clock.now()).total_seconds() + 0.01)
    with pytest.raises(Conflict, match="time to sign is over"):
        actions.end(request_id=request.pk, state=State.EFFECTIVE)
    assert actions.end(request_id=request.pk, state=State.EXPIRED).state == State.EXPIRED


def test_what_was_cancelled_cannot_take_effect_or_be_cancelled_again(request_for: Make, sign: Make) -> None:
    request = request_for()
    sign(request, "ann", 0)
    sign(request, "bob", 1)
    actions.end(request_id=request.pk, state=State.CANCELLED)
    for state in (State.EFFECTIVE, State.CANCELLED):
        with pytest.raises(Conflict, match="cancelled"):
            actions.end(request_id=request.pk, state=state)


def test_after_an_end_the_subject_can_be_asked_again(request_for: Make) -> None:
    first = request_for("S-1")
    actions.end(request_id=first.pk, state=State.CANCELLED)
    assert request_for("S-1").approvals.count() == 0


def test_the_timelock_starts_with_the_last_signature(request_for: Make, sign: Make) -> None:
    request = request_for(delay=timedelta(minutes=10))
    sign(request, "ann", 0)
    request.refresh_from_db()
    assert request.filled_at is None
    last = sign(request, "bob", 1)
    request.refresh_from_db()
    assert request.filled_at >= last.signed_at
    assert request.standing(clock.now()).phase is Phase.RUNNING


def test_withdrawing_stops_the_timelock_and_frees_the_slot(
    request_for: Make, sign: Make, person: Make
) -> None:
    request = request_for(delay=timedelta(minutes=10))
    sign(request, "ann", 0)
    sign(request, "bob", 1)
    actions.withdraw(request_id=request.pk, person=person("bob"))
    request.refresh_from_db()
    assert request.filled_at is None
    assert [a.person.username for a in request.live_approvals()] == ["ann"]
    assert sign(request, "cas", 1).slot == 1


def test_only_ones_own_signature_can_be_withdrawn(request_for: Make, sign: Make, person: Make) -> None:
    request = request_for()
    sign(request, "ann", 0)
    with pytest.raises(Conflict, match="no signature"):
        actions.withdraw(request_id=request.pk, person=person("bob"))


def test_signing_twice_changes_nothing(request_for: Make, sign: Make) -> None:
    request = request_for()
    assert sign(request, "ann", 0, 1).pk == sign(request, "ann", 0, 1).pk
    assert Approval.objects.count() == 1


def test_signing_another_digest_is_refused(request_for: Make, sign: Make) -> None:
    with pytest.raises(Conflict, match="not what is to be signed"):
        sign(request_for(), "ann", 0, digest="sha256:" + "b" * 64)
    assert not Approval.objects.exists()


def test_a_third_signature_finds_no_seat(request_for: Make, sign: Make) -> None:
    request = request_for()
    sign(request, "ann", 0)
    with pytest.raises(Conflict, match="filled already"):
        sign(request, "bob", 0)


def test_two_roles_take_the_slot_that_leaves_the_quorum_possible(request_for: Make, person: Make) -> None:
    request, ann, bob = request_for(), person("ann"), person("bob")
    oath = actions.Oath(digest=request.subject_digest, may=(0, 1), method="password")
    made, new = actions.grant(request_id=request.pk, person=ann, oath=oath, others={bob.pk: (0,)})
    assert new
    assert (made.slot, made.role, made.weak) == (1, "security", True)


def test_an_end_changes_no_other_request(request_for: Make, sign: Make) -> None:
    one, other = request_for("S-1"), request_for("S-2")
    sign(other, "ann", 0)
    before = list(type(other).objects.filter(pk=other.pk).values())
    actions.end(request_id=one.pk, state=State.VOID)
    assert list(type(other).objects.filter(pk=other.pk).values()) == before
