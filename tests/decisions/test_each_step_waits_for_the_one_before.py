"""Collect, propose, sign, timelock, effect: who may do which step, when, and what it leaves untouched.

The public models are OpenZeppelin's `TimelockController.test.js` and `fv/specs/TimelockController.spec`;
the engine alone is held to them in `tests/approvals`.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from approvals.models import Request, State
from orr.accounts.models import User
from orr.decisions import actions, executor
from orr.decisions.models import Decision, Proposal
from orr.events import bus
from orr.events.vocabulary import Event
from orr.lib.errors import Conflict, NotAllowed, NotFound, OrrError
from orr.reviews import actions as reviews
from orr.reviews.acts import find
from orr.reviews.models import Review
from orr.reviews.states import TABLE, Verb, after
from orr.reviews.states import State as Stands
from orr.tlog import log
from tests.factories.change_sets import change_set
from tests.factories.decisions import GUARD, effect, green, propose, sign, wait

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
People = dict[str, User]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Callable[[Event], list[dict[str, Any]]]:
    """What was said of an event from now on."""

    def listen(event: Event) -> list[dict[str, Any]]:
        heard: list[dict[str, Any]] = []
        monkeypatch.setitem(bus._handlers, event, [lambda **data: heard.append(data)])
        return heard

    return listen


def test_who_may_schedules_and_the_event_carries_the_id(ready: Make, people: People, told: Make) -> None:
    heard = told(Event.PROPOSAL_MADE)
    proposal = propose(ready(), people["boss"])
    assert heard == [{"subject": proposal.review.code, "proposal": proposal.pk}]
    assert log.entries_of(proposal.review.code)[-1].artefacts["proposal"] == proposal.digest[7:]


def test_the_signature_that_starts_the_timelock_tells_the_ready_time(
    proposed: Make, people: People, told: Make
) -> None:
    heard, proposal = told(Event.PROPOSAL_SIGNED), proposed(timelock=600)
    sign(proposal, people["sre"])
    sign(proposal, people["security"])
    proposal.request.refresh_from_db()
    assert [data["proposal"] for data in heard] == [proposal.pk] * 2
    ready_at = proposal.request.filled_at + timedelta(seconds=600)
    assert [data["ready_at"] for data in heard] == [None, ready_at]


def test_the_delay_is_the_longest_of_the_profiles_and_nobody_names_a_shorter_one(
    ready: Make, people: People
) -> None:
    review = ready(timelock=60)
    with pytest.raises(TypeError):
        propose(review, people["manager"], timelock=1)
    assert propose(review, people["manager"]).request.delay == timedelta(seconds=60)


def test_a_shorter_delay_in_the_profile_file_shortens_nothing_that_is_open(
    signed: Make, settings: Any
) -> None:
    proposal = signed(timelock=600)
    for path in Path(settings.PLURA_PROFILES).glob("*.toml"):
        path.write_text(path.read_text(encoding="utf-8").replace("timelock = 600", "timelock = 0"))
    assert effect(proposal) == "The timelock is still running."
    assert Request.objects.get(pk=proposal.request_id).delay == timedelta(seconds=600)


def test_a_second_before_ready_it_is_refused_and_on_time_it_works(signed: Make) -> None:
    proposal = signed(timelock=1)
    assert effect(proposal) == "The timelock is still running."
    wait(1.01)
    decision = effect(proposal)
    assert isinstance(decision, Decision)
    proposal.request.refresh_from_db()
    assert decision.effective_at - proposal.request.filled_at >= timedelta(seconds=1)


def test_every_step_waits_for_the_one_before(opened: Make, people: People) -> None:
    review = opened()
    unproposed = Proposal(review=review, digest="sha256:" + "0" * 64)

    def refused(act: Callable[[], object], why: str) -> None:
        with pytest.raises(OrrError, match=why):
            act()

    refused(lambda: propose(review, people["manager"]), "Not decidable yet")
    green(review)
    refused(lambda: sign(unproposed, people["sre"]), "Nothing is proposed")
    assert effect(unproposed) == f"Nothing is proposed on {review.code}."
    proposal = propose(review, people["manager"])
    assert effect(proposal) == "Not every slot is filled yet."
    sign(proposal, people["sre"])
    assert effect(proposal) == "Not every slot is filled yet."
    refused(lambda: reviews.move(find(review.code), Verb.START, people["boss"]), "no longer allows")
    sign(proposal, people["security"])
    assert isinstance(effect(proposal), Decision)


def test_a_re_entrant_effect_undoes_itself_and_works_normally_afterwards(
    signed: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = signed()
    code = proposal.review.code

    def re_enter(**_: Any) -> None:
        again = executor.take_effect(code)
        assert not isinstance(again, Decision)
        raise Conflict(again)

    with monkeypatch.context() as patch:
        patch.setitem(bus._handlers, Event.DECISION_TOOK_EFFECT, [re_enter])
        with pytest.raises(Conflict, match="Nothing is proposed"):
            executor.take_effect(code)
    assert not Decision.objects.exists()
    assert (find(code).state, Proposal.objects.get().state) == ("proposed", State.OPEN)
    assert isinstance(effect(proposal), Decision)
    assert Decision.objects.count() == 1


def test_no_act_gets_in_from_inside_the_effect(
    signed: Make, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal, refusals = signed(), []
    code = proposal.review.code
    acts: list[Callable[[], Any]] = [
        lambda: sign(proposal, people["sre2"]),
        lambda: actions.withdraw_signature(code=code, actor=people["sre"]),
        lambda: actions.cancel(code=code, actor=people["sre"], reason="Stop."),
        lambda: actions.reject(code=code, actor=people["sre"], reason="Stop."),
        lambda: propose(proposal.review, people["manager"]),
        lambda: actions.record_no_go(code=code, reason="Stop.", actor=people["sre"]),
    ]

    def from_inside(**_: Any) -> None:
        for act in acts:
            with pytest.raises(Conflict) as refusal, transaction.atomic():
                act()
            refusals.append(refusal.value)

    monkeypatch.setitem(bus._handlers, Event.DECISION_TOOK_EFFECT, [from_inside])
    assert isinstance(effect(proposal), Decision)
    assert len(refusals) == len(acts)
    assert find(code).state == "effective"


@pytest.mark.parametrize("end", [actions.cancel, actions.reject])
def test_what_is_of_an_unknown_id_cannot_be_stopped(people: People, end: Make) -> None:
    for code in ("ORR-9999", "ORR-0000", "orr-0001", "", "1"):
        with pytest.raises(NotFound):
            end(code=code, actor=people["security"], reason="Stop.")


@pytest.mark.parametrize("end", [actions.cancel, actions.reject])
def test_who_may_not_stop_it_changes_nothing(proposed: Make, people: People, end: Make) -> None:
    proposal = proposed()
    with pytest.raises(NotAllowed):
        end(code=proposal.review.code, actor=people["product"], reason="Stop.")
    assert Proposal.objects.get().state == State.OPEN


def test_a_deactivated_requester_stops_nothing(proposed: Make, people: People) -> None:
    proposal = proposed()
    User.objects.filter(pk=people["manager"].pk).update(is_active=False)
    people["manager"].refresh_from_db()
    with pytest.raises(NotAllowed):
        actions.cancel(code=proposal.review.code, actor=people["manager"], reason="Stop.")
    with pytest.raises(NotAllowed):
        propose(proposal.review, people["manager"])


def test_no_state_leads_to_effective_but_proposed_by_the_effect() -> None:
    """Unset never becomes done: the only way is through a proposal."""
    assert {step for step, to in TABLE.items() if to is Stands.EFFECTIVE} == {
        (Stands.PROPOSED, Verb.TAKE_EFFECT)
    }


def test_what_is_done_never_becomes_undone() -> None:
    done = {Stands.EFFECTIVE, Stands.NO_GO, Stands.ROLLING_OUT, Stands.OBSERVING, Stands.CLOSED}
    undone = {Stands.CHECKING, Stands.PROPOSED, Stands.VOID}
    reached, left = done, set()
    while left != reached:
        left = reached
        reached = reached | {to for state in reached for verb in Verb if (to := after(state, verb))}
    assert reached.isdisjoint(undone)


@pytest.mark.parametrize("state", ["no_go", "effective"])
def test_done_is_final_for_every_act(signed: Make, people: People, state: str) -> None:
    proposal = signed()
    review: Review = proposal.review
    if state == "no_go":
        actions.record_no_go(code=review.code, reason="Stop.", actor=people["sre"])
    else:
        effect(proposal)
    for act in (
        lambda: propose(review, people["manager"]),
        lambda: sign(proposal, people["sre2"]),
        lambda: actions.withdraw_signature(code=review.code, actor=people["sre"]),
        lambda: actions.cancel(code=review.code, actor=people["manager"], reason="Stop."),
        lambda: actions.reject(code=review.code, actor=people["sre"], reason="Stop."),
        lambda: actions.record_no_go(code=review.code, reason="Stop.", actor=people["boss"]),
        lambda: actions.decide(
            code=review.code, decision="go_with_guards", guards=[GUARD], reason="Go.", actor=people["boss"]
        ),
        lambda: reviews.edit_change_set(
            code=review.code,
            change_set=change_set(title="Other"),
            expected_digest=review.change_set.digest,
            actor=people["manager"],
        ),
    ):
        with pytest.raises(Conflict):
            act()
    assert not isinstance(effect(proposal), Decision)
    assert find(review.code).state == state
    assert Decision.objects.count() == 1
