"""Whatever people, files and time do in whatever order: a policy gets weaker only by its own approval."""

from collections.abc import Callable
from contextlib import suppress
from random import Random

import pytest

from orr.accounts.models import User
from orr.lib.errors import OrrError
from orr.policies import actions, executor
from orr.policies.models import ADOPTED, Origin, PolicyVersion, State
from orr.policies.strictness import weaker
from tests.policies.conftest import Write, sign

pytestmark = pytest.mark.django_db
STEPS = 40


class Course:
    """One policy, its file, and everybody who may have a hand in it."""

    def __init__(self, seed: int, write: Write, people: dict[str, User]) -> None:
        self.random, self.write, self.people = Random(seed), write, people  # noqa: S311
        often = [
            (self.change_file, 3),
            (self.ask, 3),
            (self.propose, 4),
            (self.sign, 14),
            (executor.sweep, 5),
        ]
        rarely = [self.break_file, self.withdraw, self.stop, self.deactivate]
        self.acts: list[Callable[[], object]] = [act for act, times in often for _ in range(times)]
        self.acts += rarely

    def someone(self, *among: str) -> User:
        return self.people[self.random.choice(among or tuple(self.people))]

    def change_file(self) -> None:
        freshness = self.random.choice((600, 900, 1200))
        self.write(
            slots=self.random.choice((("sre", "security"), ("sre", "data"), ("sre", "security", "data"))),
            approve_within=self.random.choice((1800, 3600)),
            more=f'[items."G1.1"]\nfreshness = {freshness}\n',
        )

    def break_file(self) -> None:
        path = self.write()
        path.unlink() if self.random.random() < 0.5 else path.write_text("= broken")

    def ask(self) -> None:
        actions.in_force("own")

    def propose(self) -> None:
        actions.propose_weaker(name="own", reason="Why not.", actor=self.someone("manager", "admin", "sre"))

    def sign(self) -> None:
        row = PolicyVersion.objects.get(name="own", state=State.PROPOSED)
        sign(row, self.someone("sre", "sre2", "security", "security2", "data", "manager"))

    def withdraw(self) -> None:
        actions.withdraw_signature(name="own", actor=self.someone())

    def stop(self) -> None:
        act = self.random.choice((actions.reject, actions.cancel))
        act(name="own", actor=self.someone(), reason="No.")

    def deactivate(self) -> None:
        who = self.someone("sre2", "security2", "data2")
        User.objects.filter(pk=who.pk).update(is_active=self.random.random() < 0.7)

    def step(self) -> None:
        # What is refused is no fault: what it must not do is checked after each step.
        with suppress(OrrError, PolicyVersion.DoesNotExist):
            self.random.choice(self.acts)()


def holds(before: PolicyVersion) -> PolicyVersion:
    """The laws of one step: one version in force, and it changed only in a way it may."""
    now = PolicyVersion.objects.get(name="own", state=State.IN_FORCE)
    assert PolicyVersion.objects.filter(name="own", state=State.PROPOSED).count() <= 1
    if now.pk == before.pk:
        return now
    if now.origin == Origin.FILE:
        assert weaker(before.profile, now.profile) == ()
        return now
    request = now.request
    assert request is not None and request.state == "effective" and now.from_digest == before.digest
    signed = request.live_approvals()
    assert request.slots == list(before.profile.policy.slots) == [one.role for one in signed]
    assert len({one.person_id for one in signed} | {now.proposed_by_id}) == len(signed) + 1
    assert all(one.person.is_active for one in signed)
    return now


@pytest.mark.parametrize("seed", range(12))
def test_forty_random_steps(seed: int, own: str, write: Write, people: dict[str, User]) -> None:
    course = Course(seed, write, people)
    current = PolicyVersion.objects.get(name=own, state=State.IN_FORCE)
    elsewhere = PolicyVersion.objects.exclude(name=own)
    others = set(elsewhere.values_list("pk", "state", "digest"))
    kept = PolicyVersion.objects.count()
    for _ in range(STEPS):
        course.step()
        current = holds(current)
        count = PolicyVersion.objects.count()
        assert count >= kept, "no version is ever lost"
        kept = count
    assert set(elsewhere.values_list("pk", "state", "digest")) == others, "no act changes another policy"
    assert PolicyVersion.objects.filter(name=own, state__in=ADOPTED).exists()


def test_the_random_steps_reach_every_way_a_policy_changes(
    own: str, write: Write, people: dict[str, User]
) -> None:
    course = Course(7, write, people)
    for _ in range(400):
        course.step()
    assert set(PolicyVersion.objects.values_list("state", flat=True)) >= {
        State.IN_FORCE, State.SUPERSEDED, State.VOID, State.REJECTED, State.CANCELLED,
    }  # fmt: skip
    assert PolicyVersion.objects.filter(origin=Origin.PROPOSAL, state__in=ADOPTED).exists()
    assert PolicyVersion.objects.filter(origin=Origin.FILE).exists()
