"""Racing people and a racing system: exactly the slots, one proposal, one effect, nothing unapproved."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from threading import Event
from time import sleep
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
from tests.decisions import laws
from tests.factories.change_sets import change_set
from tests.factories.decisions import green, propose, red, sign
from tests.factories.people import person
from tests.factories.racing import race, racers

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Any]
People = dict[str, User]


def attempt(act: Callable[[], Any]) -> Callable[[], Any]:
    """The act, its refusal returned instead of raised."""

    def tried() -> Any:
        try:
            return act()
        except OrrError as refusal:
            return refusal

    return tried


def rounds(count: int, crowd: int, ready: Make, people: People) -> dict[str, int]:
    """Rounds in which some race to propose, then all to sign, then the system to let it take effect."""
    signers = [person(f"p{n}", ("sre", "security")[n % 2]) for n in range(crowd)]
    found = {"rounds": count, "racers": count * crowd, "effects": 0, "violations": 0}
    with racers(crowd) as pool:
        for _round in range(count):
            review = ready()
            proposers = [attempt(lambda r=review: propose(r, people["manager"]))] * 4  # type: ignore[misc]
            made = [one for one in race(pool, proposers) if isinstance(one, Proposal)]
            proposal = Proposal.objects.get(review=review)
            race(pool, [attempt(lambda who=who, p=proposal: sign(p, who)) for who in signers])  # type: ignore[misc]
            race(pool, [attempt(lambda code=review.code: executor.take_effect(code))] * 2)  # type: ignore[misc]
            found["effects"] += Decision.objects.filter(proposal=proposal).count()
            exact = (
                len(made) == 1
                and Approval.objects.filter(request=proposal.request).count() == 2
                and laws.broken_at_effect(review.code, timedelta(0)) == []
            )
            found["violations"] += not exact
    return found


# In parts, so that each stays within the time that one test is given.
CROWDS = [
    pytest.param(10, 16, marks=pytest.mark.slow, id="16"),
    pytest.param(1, 100, marks=pytest.mark.slow, id="100"),
    *(pytest.param(20, 100, marks=pytest.mark.heavy, id=f"100-{part}") for part in range(5)),
]


@pytest.mark.parametrize(("count", "crowd"), CROWDS)
def test_a_crowd_of_signers_fills_exactly_the_slots_of_one_proposal(
    ready: Make, people: People, figure: Make, count: int, crowd: int
) -> None:
    found = rounds(count, crowd, ready, people)
    figure(f"{crowd} people race by the whole act, for two slots", **found)
    assert found["violations"] == 0
    assert found["effects"] == count


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


class Interleaving:
    """Edit, approve and effect at once, again and again on one review; a new one once it took effect."""

    def __init__(self, ready: Make, people: People, pool: ThreadPoolExecutor, seed: int) -> None:
        self.ready, self.people, self.pool = ready, people, pool
        self.chance = Random(seed)  # noqa: S311  which moment comes first, no secret
        self.review: Review = ready()
        self.found = {"interleavings": 0, "effects": 0, "edits": 0, "unapproved": 0}

    def late(self, act: Callable[[], Any]) -> Callable[[], Any]:
        """The act, a little later than the start: none of them is always first."""
        pause = self.chance.choice([0, self.chance.uniform(0, 0.03)])

        def begun() -> Any:
            sleep(pause)
            return attempt(act)()

        return begun

    def edit(self) -> Any:
        """Stop what is proposed, and replace the change set."""
        code, by = self.review.code, self.people["manager"]
        actions.cancel(code=code, actor=by, reason="Edit.")
        seen = find(code).change_set
        body = {**seen.body, "purpose": f"{seen.pk}"}
        return reviews.edit_change_set(code=code, change_set=body, expected_digest=seen.digest, actor=by)

    def once(self) -> None:
        """Propose, sign half, and let the others race for what comes of it."""
        code = self.review.code
        green(find(code))
        proposal = propose(find(code), self.people["manager"])
        sign(proposal, self.people["sre"])
        acts = [
            self.edit,
            lambda: sign(proposal, self.people["security"]),
            lambda: executor.take_effect(code),
            lambda: executor.take_effect(code),
        ]
        edited, _, *effects = race(self.pool, [self.late(act) for act in acts])
        self.count(proposal, isinstance(edited, Review), [e for e in effects if isinstance(e, Decision)])

    def count(self, proposal: Proposal, edited: bool, effects: list[Decision]) -> None:
        """Either the edit or the effect, and the effect only of what was approved as it stands."""
        code = self.review.code
        late = executor.take_effect(code)
        effects += [late] if isinstance(late, Decision) else []
        kept = list(Decision.objects.filter(review=self.review))
        wrong = kept != effects or len(kept) > 1 or (edited and bool(kept))
        wrong |= any(one.proposal_id != proposal.pk for one in kept)
        wrong |= bool(kept) and laws.broken_at_effect(code, timedelta(0)) != []
        self.found["interleavings"] += 1
        self.found["effects"] += len(kept)
        self.found["edits"] += edited
        self.found["unapproved"] += wrong
        if kept:
            self.review = self.ready()
        elif not edited:
            proposal.refresh_from_db()
            self.found["unapproved"] += proposal.state not in {State.CANCELLED, State.VOID}


INTERLEAVINGS = [
    pytest.param(0, 40, marks=pytest.mark.slow),
    *(pytest.param(part, 400, marks=pytest.mark.heavy) for part in range(1, 26)),
]


@pytest.mark.parametrize(("part", "count"), INTERLEAVINGS)
def test_no_interleaving_lets_an_unapproved_proposal_take_effect(
    ready: Make, people: People, figure: Make, part: int, count: int
) -> None:
    with racers(4) as pool:
        interleaving = Interleaving(ready, people, pool, seed=part)
        for _round in range(count):
            interleaving.once()
    figure("edit, approve and effect at once", **interleaving.found)
    assert interleaving.found["unapproved"] == 0
    assert interleaving.found["effects"] > 0
    assert interleaving.found["edits"] > 0


def test_red_edit_and_effect_at_once_leave_one_outcome(ready: Make, people: People) -> None:
    for _round in range(4):
        review = ready()
        proposal = propose(review, people["manager"])
        code = review.code
        for name in ("sre", "security"):
            sign(proposal, people[name])
        with racers(3) as pool:
            race(
                pool,
                [
                    attempt(lambda review=review: red(review)),
                    attempt(lambda code=code: actions.cancel(code=code, actor=people["sre"], reason="Stop.")),
                    attempt(lambda code=code: executor.take_effect(code)),
                ],
            )
        proposal.refresh_from_db()
        decided = Decision.objects.filter(review=review).exists()
        assert decided == (proposal.state == State.EFFECTIVE)
        assert decided or proposal.state in {State.VOID, State.CANCELLED}


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
