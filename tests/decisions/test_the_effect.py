"""The system lets a proposal take effect when it is due, and only if everything still holds."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from approvals import actions as approvals
from approvals.models import State
from orr.accounts.models import AuthorMapping, RoleGrant, User
from orr.decisions import actions, executor
from orr.decisions.models import Decision, Proposal
from orr.events import bus
from orr.events.vocabulary import Event
from orr.lib import clock
from orr.reviews import actions as reviews
from orr.reviews.acts import find
from orr.tlog import log
from tests.factories.change_sets import change_set
from tests.factories.decisions import effect, green, propose, record, red, sign, wait

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
People = dict[str, User]


def test_on_time_it_takes_effect_by_the_system(signed: Make) -> None:
    proposal = signed()
    decision = effect(proposal)
    assert isinstance(decision, Decision)
    assert decision.by.username == "system"
    assert (decision.decision, decision.proposal) == ("go_with_guards", proposal)
    assert decision.valid_until == proposal.valid_until
    assert find(proposal.review.code).state == "effective"


def test_before_every_slot_is_filled_it_does_not(proposed: Make, people: People) -> None:
    proposal = proposed()
    assert effect(proposal) == "Not every slot is filled yet."
    sign(proposal, people["sre"])
    assert effect(proposal) == "Not every slot is filled yet."


def test_before_the_timelock_is_over_it_does_not(signed: Make) -> None:
    assert effect(signed(timelock=600)) == "The timelock is still running."


def test_what_was_never_proposed_does_not(ready: Make) -> None:
    review = ready()
    assert str(executor.take_effect(review.code)) == f"Nothing is proposed on {review.code}."


def test_doing_it_again_changes_nothing(signed: Make) -> None:
    proposal = signed()
    effect(proposal)
    assert effect(proposal) == f"Nothing is proposed on {proposal.review.code}."
    assert Decision.objects.count() == 1


def test_re_entering_is_refused_and_does_no_harm(signed: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    proposal, inner = signed(), []
    monkeypatch.setitem(
        bus._handlers, Event.DECISION_TOOK_EFFECT, [lambda subject, **_: inner.append(effect(proposal))]
    )
    assert isinstance(effect(proposal), Decision)
    assert inner == [f"Nothing is proposed on {proposal.review.code}."]


def test_red_between_approval_and_effect_voids_it(signed: Make) -> None:
    proposal = signed()
    red(proposal.review)
    assert effect(proposal) == f"Nothing is proposed on {proposal.review.code}."
    proposal.refresh_from_db()
    assert proposal.state == State.VOID
    assert not Decision.objects.exists()


@pytest.fixture
def before_the_end(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Let something happen between the executor's look and the moment that the database gives the effect."""
    end = approvals.end

    def let(happen: Callable[[], object]) -> None:
        def after_it(**how: Any) -> Any:
            happen()
            return end(**how)

        monkeypatch.setattr(approvals, "end", after_it)

    return let


def test_what_turns_stale_between_the_look_and_the_effect_holds_it_up(
    profile: Make, people: People, before_the_end: Make
) -> None:
    name = profile()
    with (Path(settings.PLURA_PROFILES) / f"{name}.toml").open("a") as rules:
        rules.write('[items."G1.1"]\nfreshness = 2\n')
    review = reviews.open_review(change_set=change_set(), profile=name, actor=people["manager"])
    green(review)
    proposal = propose(review, people["manager"])
    for role in ("sre", "security"):
        sign(proposal, people[role])
    wait(1.6)
    record(review, "G1.1", measured_at=clock.now() - timedelta(seconds=1.5))
    before_the_end(lambda: wait(0.6))
    assert str(effect(proposal)) == "Not decidable yet: G1.1 not passing, not red."
    proposal.refresh_from_db()
    assert (proposal.state, proposal.request.state) == (State.OPEN, State.OPEN)
    assert not Decision.objects.exists()


def test_a_role_taken_between_the_look_and_the_effect_keeps_it_from_happening(
    signed: Make, people: People, before_the_end: Make
) -> None:
    proposal = signed()
    before_the_end(lambda: RoleGrant.objects.filter(user=people["sre"]).update(revoked_at=clock.now()))
    assert str(effect(proposal)) == f"The signature of {people['sre'].name} counts no longer."
    assert not Decision.objects.exists()


def test_red_that_nobody_announced_is_found_at_the_effect(signed: Make) -> None:
    proposal = signed()
    record(proposal.review, "G1.2", passed=False, judged="red")
    assert "G1.2 turned red" in str(effect(proposal))
    proposal.refresh_from_db()
    assert (proposal.state, find(proposal.review.code).state) == (State.VOID, "void")


def test_a_later_green_does_not_bring_it_back(signed: Make) -> None:
    proposal = signed()
    red(proposal.review)
    green(proposal.review)
    assert not isinstance(effect(proposal), Decision)


def test_pending_waits_and_then_it_takes_effect(signed: Make) -> None:
    proposal = signed()
    record(proposal.review, "G1.1", samples=0, judged="pending")
    assert "Not decidable yet: G1.1" in str(effect(proposal))
    assert Proposal.objects.get(pk=proposal.pk).state == State.OPEN
    record(proposal.review, "G1.1")
    assert isinstance(effect(proposal), Decision)


def test_a_signer_who_was_deactivated_counts_no_longer(signed: Make, people: People) -> None:
    proposal = signed()
    User.objects.filter(pk=people["sre"].pk).update(is_active=False)
    assert effect(proposal) == "The signature of Sre counts no longer."


def test_a_signer_whose_role_was_taken_counts_no_longer(signed: Make, people: People) -> None:
    proposal = signed()
    RoleGrant.objects.filter(user=people["security"]).update(revoked_at=clock.now())
    assert effect(proposal) == "The signature of Security counts no longer."


def test_a_signer_who_turns_out_an_author_counts_no_longer(proposed: Make, people: People) -> None:
    AuthorMapping.objects.create(author_id="gh:1", user=people["product"], mapped_by=people["boss"])
    proposal = proposed(authors=[{"id": "gh:1", "name": "Dev"}])
    sign(proposal, people["sre"])
    sign(proposal, people["security"])
    AuthorMapping.objects.update(user=people["sre"])
    assert effect(proposal) == "The signature of Sre counts no longer."


def test_it_is_logged_and_told_once(signed: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    proposal, told = signed(), []
    monkeypatch.setitem(bus._handlers, Event.DECISION_TOOK_EFFECT, [lambda **data: told.append(data)])
    decision = effect(proposal)
    assert isinstance(decision, Decision)
    assert [(data["subject"], data["decision"]) for data in told] == [(proposal.review.code, decision.pk)]
    entry = log.entries_of(proposal.review.code)[-1]
    assert entry.kind == "decision.took_effect"
    assert entry.artefacts == {
        "decision": decision.digest[7:],
        "change_set": proposal.review.change_set.digest[7:],
        "proposal": proposal.digest[7:],
    }


def test_the_sweep_finds_what_is_due_and_one_failure_stops_no_other(
    signed: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, running, due = signed(), signed(timelock=600), signed()
    whole = executor.take_effect

    def take_effect(code: str) -> Any:
        if code == broken.review.code:
            raise RuntimeError("boom")
        return whole(code)

    monkeypatch.setattr(executor, "take_effect", take_effect)
    assert executor.due() == [broken.review.code, due.review.code]
    assert executor.sweep() == 1
    assert find(due.review.code).state == "effective"
    assert find(running.review.code).state == "proposed"


def test_an_effect_changes_no_other_review(signed: Make) -> None:
    one, other = signed(), signed()

    def everything() -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT to_jsonb(r), to_jsonb(p), to_jsonb(q) FROM reviews_review r"
                " JOIN decisions_proposal p ON p.review_id = r.id"
                " JOIN approvals_request q ON q.id = p.request_id WHERE r.id = %s",
                [other.review_id],
            )
            return cursor.fetchall()

    before = everything()
    effect(one)
    assert everything() == before


def test_after_the_effect_nothing_can_be_cancelled(signed: Make, people: People) -> None:
    from orr.lib.errors import Conflict

    proposal = signed()
    effect(proposal)
    with pytest.raises(Conflict, match="took effect"):
        actions.cancel(code=proposal.review.code, actor=people["manager"], reason="Too late.")
