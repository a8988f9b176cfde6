"""Racing people and a racing system: exactly the slots, one proposal, one effect, nothing unapproved."""

from collections.abc import Callable
from threading import Event
from time import monotonic
from typing import Any

import pytest
from django.db import connection, transaction

from approvals.models import Approval, State
from orr.accounts.models import User
from orr.decisions import actions, executor
from orr.decisions.models import Decision, Proposal
from orr.lib.errors import OrrError
from orr.reviews import actions as reviews
from orr.reviews.acts import find
from orr.reviews.models import Review
from tests.factories.change_sets import change_set
from tests.factories.decisions import propose, red, sign
from tests.factories.people import person
from tests.factories.racing import race, racers

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Any]
People = dict[str, User]
RACERS = 32


def attempt(act: Callable[[], Any]) -> Callable[[], Any]:
    """The act, its refusal returned instead of raised."""

    def tried() -> Any:
        try:
            return act()
        except OrrError as refusal:
            return refusal

    return tried


def rounds(count: int, proposed: Make) -> None:
    crowd = [person(f"p{n}", ("sre", "security")[n % 2]) for n in range(RACERS // 2)]
    began = monotonic()
    with racers(RACERS) as pool:
        for _round in range(count):
            proposal = proposed()
            acts = [attempt(lambda who=who, p=proposal: sign(p, who)) for who in crowd] * 2  # type: ignore[misc]
            race(pool, acts)
            standing = proposal.request.live_approvals()
            assert [one.slot for one in standing] == [0, 1]
            assert len({one.person_id for one in standing}) == 2
            assert Approval.objects.filter(request=proposal.request).count() == 2
            assert isinstance(executor.take_effect(proposal.review.code), Decision)
    print(f"\n{count} rounds of {RACERS} racing signers: 2 of 2 each time, {monotonic() - began:.1f} s")


# In parts, so that each stays within the time that one test is given.
PARTS = [0, *(pytest.param(part, marks=pytest.mark.heavy) for part in range(1, 20))]


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_ten_rounds_of_sixteen_people_twice_sign_exactly_the_slots(proposed: Make, part: int) -> None:
    rounds(10, proposed)


def test_many_propose_and_one_proposal_is_made(ready: Make, people: People) -> None:
    review = ready()
    with racers(8) as pool:
        race(pool, [attempt(lambda: propose(review, people["manager"]))] * 8)
    assert Proposal.objects.filter(review=review).count() == 1


def test_many_sweeps_make_one_effect(signed: Make) -> None:
    proposal = signed()
    with racers(8) as pool:
        race(pool, [executor.sweep] * 8)
    assert Decision.objects.filter(proposal=proposal).count() == 1


def test_go_and_no_go_at_once_leave_exactly_one_decision(signed: Make, people: People) -> None:
    for turn in range(4):
        # A No-Go keeps the same items from being decided in the same place before its analysis.
        proposal = signed(environment=f"prod-{turn}")
        code = proposal.review.code
        refuse = attempt(
            lambda code=code: actions.record_no_go(code=code, reason="Stop.", actor=people["sre"])
        )
        with racers(2) as pool:
            race(pool, [refuse, attempt(lambda code=code: executor.take_effect(code))])
        decision = Decision.objects.get(review=proposal.review)
        assert find(code).state == {"no_go": "no_go"}.get(decision.decision, "effective")


def test_withdrawing_and_the_effect_never_both_win(signed: Make, people: People) -> None:
    for _round in range(4):
        proposal = signed()
        code = proposal.review.code
        back = attempt(lambda code=code: actions.withdraw_signature(code=code, actor=people["sre"]))
        with racers(2) as pool:
            withdrawn, effect = race(pool, [back, lambda code=code: executor.take_effect(code)])
        assert isinstance(withdrawn, Approval) != isinstance(effect, Decision)


def interleave(review: Review, proposal: Proposal, people: People) -> None:
    """Edit, cancel, red, sign and effect at once; whatever took effect was approved as it stands."""
    code = review.code

    def edit() -> Any:
        actions.cancel(code=code, actor=people["manager"], reason="Edit.")
        seen = find(code).change_set.digest
        changed = change_set(title="Swapped")
        return reviews.edit_change_set(
            code=code, change_set=changed, expected_digest=seen, actor=people["manager"]
        )

    acts: list[Callable[[], Any]] = [
        edit,
        lambda: sign(proposal, people["sre"]),
        lambda: sign(proposal, people["security"]),
        lambda: executor.take_effect(code),
        lambda: executor.take_effect(code),
        lambda: red(review),
    ]
    with racers(len(acts)) as pool:
        race(pool, [attempt(act) for act in acts])
    executor.take_effect(code)
    now = find(code)
    decision = Decision.objects.filter(review=now).select_related("proposal").first()
    assert (decision is not None) == (now.state == "effective")
    if decision is not None and decision.proposal is not None:
        assert decision.proposal.pk == proposal.pk
        assert now.change_set_id == review.change_set_id
        assert len(proposal.request.live_approvals()) == 2
    else:
        proposal.refresh_from_db()
        assert proposal.state in {State.VOID, State.CANCELLED}


@pytest.mark.parametrize("part", PARTS)
def test_no_interleaving_lets_an_unapproved_proposal_take_effect(
    ready: Make, people: People, part: int
) -> None:
    for _round in range(4 if part == 0 else 20):
        review = ready()
        interleave(review, propose(review, people["manager"]), people)


def test_an_act_that_waits_for_an_edit_sees_the_edited_review(ready: Make, people: People) -> None:
    review, held = ready(), Event()

    def edit_slowly() -> None:
        with transaction.atomic():
            reviews.edit_change_set(
                code=review.code,
                change_set=change_set(title="Edited"),
                expected_digest=review.change_set.digest,
                actor=people["manager"],
            )
            held.set()
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.3)")

    def propose_meanwhile() -> Any:
        assert held.wait(10)
        return attempt(lambda: propose(review, people["manager"]))()

    with racers(2) as pool:
        _, refusal = race(pool, [edit_slowly, propose_meanwhile])
    assert "Not decidable yet" in str(refusal)
