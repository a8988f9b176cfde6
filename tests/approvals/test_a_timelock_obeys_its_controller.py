"""Unset, pending, done: what may become of a request, act by act.

The public models are OpenZeppelin's `TimelockController.test.js` and `fv/specs/TimelockController.spec`.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from approvals import actions
from approvals.models import Request, State
from approvals.timelock import Phase
from orr.lib import clock
from orr.lib.errors import Conflict, NotFound

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
ENDS = (State.VOID, State.REJECTED, State.CANCELLED)


def wait(seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [seconds])


def row(request: Request) -> dict[str, Any]:
    return Request.objects.filter(pk=request.pk).values().get()


@pytest.fixture
def ready(request_for: Make, sign: Make) -> Callable[..., Request]:
    """A request whose slots are filled and whose timelock is over."""

    def make(subject: str = "S-1") -> Request:
        request: Request = request_for(subject, delay=timedelta(milliseconds=20))
        sign(request, "ann", 0)
        sign(request, "bob", 1)
        wait(0.025)
        return request

    return make


def test_a_scheduled_one_has_its_id_and_its_ready_time(request_for: Make, sign: Make) -> None:
    request = request_for("S-1", delay=timedelta(minutes=10))
    assert actions.lock(request.pk).subject == "S-1"
    sign(request, "ann", 0)
    last = sign(request, "bob", 1)
    request.refresh_from_db()
    standing = request.standing(clock.now())
    assert standing.ready_at == request.filled_at + timedelta(minutes=10)
    assert timedelta(0) <= request.filled_at - last.signed_at < timedelta(seconds=1)


def test_an_active_one_again_is_refused_in_every_phase(request_for: Make, sign: Make) -> None:
    request = request_for("S-1", delay=timedelta(milliseconds=30))
    for name, slot in (("ann", 0), ("bob", 1)):
        with pytest.raises(Conflict, match="already open"):
            request_for("S-1")
        sign(request, name, slot)
    wait(0.04)
    with pytest.raises(Conflict, match="already open"):
        request_for("S-1")
    assert Request.objects.count() == 1


def test_a_done_one_is_not_scheduled_again_under_its_id(ready: Make) -> None:
    request = ready()
    actions.end(request_id=request.pk, state=State.EFFECTIVE)
    same = Request.objects.filter(pk=request.pk)
    with pytest.raises(IntegrityError, match="has ended"), transaction.atomic():
        same.update(state=State.OPEN, ended_at=None)


@pytest.mark.parametrize("delay", [timedelta(microseconds=-1), timedelta(days=-1)])
def test_a_delay_below_nothing_is_refused(request_for: Make, delay: timedelta) -> None:
    with pytest.raises(Conflict, match="timelock"):
        request_for(delay=delay)
    assert not Request.objects.exists()


def test_a_deadline_that_has_passed_is_refused(request_for: Make) -> None:
    with pytest.raises(Conflict, match="over before it began"):
        request_for(within=timedelta(0))


def test_what_was_never_scheduled_cannot_end_in_any_way() -> None:
    for state in (State.EFFECTIVE, State.EXPIRED, *ENDS):
        with pytest.raises(NotFound):
            actions.end(request_id=uuid4(), state=state)


def test_a_second_before_ready_it_is_refused(request_for: Make, sign: Make) -> None:
    request = request_for(delay=timedelta(seconds=1))
    sign(request, "ann", 0)
    sign(request, "bob", 1)
    with pytest.raises(Conflict, match="still running"):
        actions.end(request_id=request.pk, state=State.EFFECTIVE)
    wait(1.01)
    assert actions.end(request_id=request.pk, state=State.EFFECTIVE).state == State.EFFECTIVE


def test_a_re_entrant_effect_undoes_itself_and_works_normally_afterwards(ready: Make) -> None:
    request = ready()
    with pytest.raises(Conflict, match="it took effect"), transaction.atomic():
        actions.end(request_id=request.pk, state=State.EFFECTIVE)
        actions.end(request_id=request.pk, state=State.EFFECTIVE)
    assert row(request)["state"] == State.OPEN
    assert actions.end(request_id=request.pk, state=State.EFFECTIVE).state == State.EFFECTIVE


@pytest.mark.parametrize("state", ENDS)
def test_whoever_ends_it_while_it_runs_stops_it_for_good(
    request_for: Make, sign: Make, person: Make, state: State
) -> None:
    request = request_for(delay=timedelta(milliseconds=20))
    sign(request, "ann", 0)
    sign(request, "bob", 1)
    actions.end(request_id=request.pk, state=state)
    wait(0.03)
    for refused in (
        lambda: actions.end(request_id=request.pk, state=State.EFFECTIVE),
        lambda: actions.withdraw(request_id=request.pk, person=person("ann")),
        lambda: sign(request, "cas", 0),
    ):
        with pytest.raises(Conflict, match="has ended"):
            refused()


def test_even_a_ready_one_can_be_cancelled_until_it_is_done(ready: Make) -> None:
    assert actions.end(request_id=ready().pk, state=State.CANCELLED).state == State.CANCELLED


def test_a_predecessor_must_have_ended(request_for: Make, ready: Make) -> None:
    first = ready()
    with pytest.raises(Conflict, match="end it first"):
        request_for("S-1")
    actions.end(request_id=first.pk, state=State.EFFECTIVE)
    assert request_for("S-1").standing(clock.now()).phase is Phase.COLLECTING


def test_the_delay_of_what_is_scheduled_changes_by_nothing(ready: Make) -> None:
    request = ready()
    for shorter in (timedelta(0), timedelta(milliseconds=1)):
        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
            Request.objects.filter(pk=request.pk).update(delay=shorter)


def test_no_act_on_one_changes_another(request_for: Make, sign: Make, person: Make) -> None:
    one, other = request_for("S-1"), request_for("S-2")
    sign(other, "ann", 0)

    def everything() -> Any:
        return row(other), list(other.approvals.values()), list(other.slot_rows.values())

    before = everything()
    for act in (
        lambda: sign(one, "ann", 0),
        lambda: sign(one, "bob", 1),
        lambda: actions.withdraw(request_id=one.pk, person=person("ann")),
        lambda: sign(one, "cas", 0),
        lambda: actions.end(request_id=one.pk, state=State.EFFECTIVE),
        lambda: request_for("S-1"),
    ):
        act()
        assert everything() == before
