"""Whatever order people, sources and the system act in: the laws of deciding hold after every step."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from approvals.models import Approval
from orr.accounts.models import AuthorMapping, RoleGrant, User
from orr.decisions import actions, executor
from orr.decisions.models import Decision, Proposal
from orr.lib import clock
from orr.lib.errors import NotFound, OrrError
from orr.lib.sentence import say
from orr.profiles import load
from orr.reviews import actions as reviews
from orr.reviews.acts import find
from orr.reviews.models import Review
from orr.reviews.standing import standing
from orr.reviews.states import TABLE
from tests.factories import people as factory
from tests.factories.change_sets import change_set
from tests.factories.decisions import green, propose, record, red, sign
from tests.factories.people import person

ROLES = {
    "manager": "release_manager",
    "boss": "release_manager",
    "sre": "sre",
    "sre2": "sre",
    "sec": "security",
    "sec2": "security",
    "product": "product",
}
who = st.sampled_from(sorted(ROLES))
which = st.integers(0, 1)
steps = {"sequences": 0, "steps": 0, "effects": 0, "refusals": 0}
FINAL = frozenset({"effective", "no_go"})
ROW = """
SELECT to_jsonb(r),
  (SELECT jsonb_agg(to_jsonb(p) ORDER BY p.id) FROM decisions_proposal p WHERE p.review_id = r.id),
  (SELECT jsonb_agg(to_jsonb(d)) FROM decisions_decision d WHERE d.review_id = r.id)
FROM reviews_review r WHERE r.id = %s
"""


class Deciding(RuleBasedStateMachine):
    """Two reviews, seven people; every act is tried, most are refused."""

    profile: str

    @initialize()
    def two_reviews(self) -> None:
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        steps["sequences"] += 1
        self.people = {name: person(name, role) for name, role in ROLES.items()}
        self.codes = [
            reviews.open_review(
                change_set=change_set(authors=[{"id": "gh:7", "name": "Dev"}]),
                profile=self.profile,
                actor=self.people["manager"],
            ).code
            for _ in range(2)
        ]
        AuthorMapping.objects.create(
            author_id="gh:7", user=self.people["product"], mapped_by=self.people["boss"]
        )
        for code in self.codes:
            green(find(code))
        self.states = dict.fromkeys(self.codes, "checking")

    def teardown(self) -> None:
        if hasattr(self, "savepoint"):
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    def act(self, review: int, act: Any) -> None:
        """Try it; whatever comes of it, the other review is as it was."""
        steps["steps"] += 1
        other = self.codes[1 - review]
        before = self.row(other)
        try:
            act(self.codes[review])
        except OrrError:
            steps["refusals"] += 1
        assert self.row(other) == before

    def row(self, code: str) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(ROW, [find(code).pk])
            return cursor.fetchall()

    def live(self, code: str) -> Proposal:
        last = Proposal.objects.filter(review=find(code)).order_by("-number").first()
        if last is None:
            raise NotFound(say("Nothing was proposed."))
        return last

    @rule(review=which, name=st.sampled_from(["manager", "boss", "sre"]))
    def propose(self, review: int, name: str) -> None:
        self.act(review, lambda code: propose(find(code), self.people[name]))

    @rule(review=which, name=who)
    def sign(self, review: int, name: str) -> None:
        self.act(review, lambda code: sign(self.live(code), self.people[name]))

    @rule(review=which, last=st.sampled_from(["propose", "sre", "security", *["effect"] * 3]))
    def go_straight(self, review: int, last: str) -> None:
        # Alone, random steps rarely come as far as an effect.
        self.act(review, lambda code: propose(find(code), self.people["manager"]))
        if last in ("sre", "security", "effect"):
            self.act(review, lambda code: sign(self.live(code), self.people["sre"]))
        if last in ("security", "effect"):
            self.act(review, lambda code: sign(self.live(code), self.people["sec"]))
        if last == "effect":
            self.act(review, self.effect)

    @rule(review=which, name=who)
    def withdraw(self, review: int, name: str) -> None:
        self.act(review, lambda code: actions.withdraw_signature(code=code, actor=self.people[name]))

    @rule(review=which, name=who, reject=st.booleans())
    def stop(self, review: int, name: str, reject: bool) -> None:
        end = actions.reject if reject else actions.cancel
        self.act(review, lambda code: end(code=code, actor=self.people[name], reason="No."))

    @rule(review=which)
    def edit(self, review: int) -> None:
        def edited(code: str) -> None:
            seen = find(code).change_set
            body = {**seen.body, "purpose": f"{seen.pk}"}
            reviews.edit_change_set(
                code=code, change_set=body, expected_digest=seen.digest, actor=self.people["manager"]
            )
            green(find(code))

        self.act(review, edited)

    @rule(review=which, verdict=st.sampled_from(["red", "pending", "green", "green"]))
    def collect(self, review: int, verdict: str) -> None:
        def collected(code: str) -> None:
            if verdict == "red":
                red(find(code))
            elif verdict == "pending":
                record(find(code), "G1.1", samples=0, judged="pending")
            else:
                green(find(code))

        self.act(review, collected)

    @rule(name=who, active=st.sampled_from([True, True, False]))
    def deactivate(self, name: str, active: bool) -> None:
        User.objects.filter(pk=self.people[name].pk).update(is_active=active)
        self.people[name].refresh_from_db()

    @rule(name=who, role=st.sampled_from(["sre", "security"]), give=st.sampled_from([True, True, False]))
    def change_role(self, name: str, role: str, give: bool) -> None:
        if give:
            factory.give(self.people[name], role)
        else:
            held = RoleGrant.objects.filter(user=self.people[name], role=role, revoked_at=None)
            held.update(revoked_at=clock.now())

    @rule(review=which)
    def weaken_policy(self, review: int) -> None:
        found = find(self.codes[review])
        policy = {**found.profile["policy"], "slots": ["sre", "product"]}
        with transaction.atomic():
            Review.objects.filter(pk=found.pk).update(profile={**found.profile, "policy": policy})
            self.act(review, self.effect)
            Review.objects.filter(pk=found.pk).update(profile=found.profile)

    @rule(review=which, name=who, chance=st.integers(0, 9))
    def refuse(self, review: int, name: str, chance: int) -> None:
        # It ends the review, so it comes rarely.
        if chance == 0:
            actor = self.people[name]
            self.act(review, lambda code: actions.record_no_go(code=code, reason="Stop.", actor=actor))

    @rule(review=which)
    def tick(self, review: int) -> None:
        self.act(review, self.effect)

    def effect(self, code: str) -> None:
        done = executor.take_effect(code)
        if isinstance(done, Decision):
            steps["effects"] += 1
            self.check_effect(done)

    def check_effect(self, decision: Decision) -> None:
        """All that has to be true at the moment of an effect, from the rows and not from the code's word."""
        proposal, review = decision.proposal, find(decision.review.code)
        assert proposal is not None
        request = type(proposal.request).objects.get(pk=proposal.request_id)
        signatures = list(
            Approval.objects.filter(request=request, withdrawn_at=None).select_related("person")
        )
        assert sorted(one.role for one in signatures) == ["security", "sre"]
        assert len({one.person_id for one in signatures}) == 2
        barred = {review.requester_id, proposal.proposed_by_id, self.people["product"].pk}
        barred |= set(review.editors.values_list("person_id", flat=True))
        for one in signatures:
            assert one.digest == proposal.digest
            assert one.person.is_active
            assert one.person_id not in barred
            assert RoleGrant.objects.filter(user=one.person, role=one.role, revoked_at=None).exists()
        assert request.filled_at is not None
        assert max(one.signed_at for one in signatures) <= request.filled_at
        assert request.filled_at + request.delay <= decision.effective_at < request.approve_by
        assert {item.verdict.value for item in standing(review, clock.now()).items} <= {
            "green",
            "not_applicable",
        }
        assert load.profile_digest(review.rules) == review.profile_digest

    @invariant()
    def one_state_by_the_table(self) -> None:
        for code in getattr(self, "codes", []):
            review, before = find(code), self.states[code]
            steps_taken = set(TABLE.values()) | {"checking"}
            assert review.state in steps_taken
            assert before not in FINAL or review.state == before
            assert (review.state in FINAL) == Decision.objects.filter(review=review).exists()
            live = Proposal.objects.filter(review=review, state="open").count()
            assert live == (1 if review.state == "proposed" else 0)
            self.states[code] = review.state


# In parts, so that each stays within the time that one test is given.
PARTS = [*range(5), *(pytest.param(part, marks=pytest.mark.heavy) for part in range(5, 42))]


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_twelve_random_sequences_of_thirty_steps(profile: Callable[..., str], part: int) -> None:
    steps.update(dict.fromkeys(steps, 0))
    Deciding.profile = profile()
    run_state_machine_as_test(
        seed(part)(Deciding),
        settings=settings(
            max_examples=12,
            stateful_step_count=30,
            deadline=None,
            database=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(f"\nrandom sequences, part {part}: {steps}")
    assert steps["effects"] > 0
