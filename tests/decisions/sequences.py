"""Random acts of people, sources and time on two reviews that share their people.

Time cannot be moved, the database keeps it: the timelock of these reviews is a few milliseconds long, one
item is fresh for a second, a deadline can be near, and a tick waits. The world is made once; a sequence
acts in a savepoint, of which nothing is left.
"""

import copy
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from orr.accounts.models import RoleGrant, User
from orr.decisions import actions, endings, executor
from orr.decisions.models import Proposal
from orr.exits import actions as exits
from orr.lib import clock
from orr.lib.errors import NotFound, OrrError
from orr.lib.sentence import say
from orr.reviews import actions as reviews
from orr.reviews.acts import find
from orr.reviews.models import Review
from tests.decisions import laws
from tests.decisions.worlds import FAR, FRESH, NEAR, ROLES, TIMELOCK, World, policy
from tests.factories.decisions import green, propose, record, red, sign, wait
from tests.factories.people import give

who = st.sampled_from(sorted(ROLES))
which = st.integers(0, 1)


class Deciding(RuleBasedStateMachine):
    """Every act is tried by everybody, most are refused; after each one the laws are looked at."""

    world: ClassVar[World]
    times: ClassVar[dict[str, timedelta]]
    seen: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.people = {name: copy.copy(user) for name, user in self.world.people.items()}
        self.codes = self.world.codes
        self.seen["sequences"] += 1
        self.trail: list[str] = []
        for code in self.codes:
            record(find(code), "G1.1", measured_at=clock.now() - FRESH / 3)
        self.rows = laws.rows(self.codes)

    def teardown(self) -> None:
        """Undo the sequence."""
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    def act(self, what: str, act: Callable[[], object], *, touches: tuple[str, ...] = ()) -> None:
        """Try it, then hold everything to the laws; reviews that it does not touch are as they were."""
        self.seen["steps"] += 1
        self.trail.append(what)
        try:
            act()
            self.seen[what] += 1
        except OrrError:
            self.seen["refused"] += 1
        except Exception:
            # Said at once: the time that passes differs when it is tried again, and so may what happens.
            print(f"\nan act failed, after {self.trail}\n{traceback.format_exc()}")
            raise
        self.look(what, touches)

    def look(self, what: str, touches: tuple[str, ...]) -> None:
        """Hold both reviews to the laws."""
        now = laws.rows(self.codes)
        for code in self.codes:
            was, broken = self.rows[code], laws.broken(self.rows[code], now[code])
            if code not in touches and now[code].everything != was.everything:
                broken.append(f"{what} is no act on this review")
            if now[code].went_ahead and not was.went_ahead:
                self.seen["effects"] += 1
                broken += laws.broken_at_effect(code, TIMELOCK)
            if broken:
                self.seen["violations"] += 1
                print(f"\nlaws broken on {code}, after {self.trail}: {broken}")
            assert not broken
        self.rows = now

    def on(self, review: int, what: str, act: Callable[[str], object]) -> None:
        """An act on one of the two reviews."""
        code = self.codes[review]
        self.act(what, lambda: act(code), touches=(code,))

    def last(self, code: str) -> Proposal:
        """What a person has on their screen: the last proposal, live or not."""
        shown = Proposal.objects.filter(review=find(code)).order_by("-number").first()
        if shown is None:
            raise NotFound(say("Nothing was proposed."))
        return shown

    @rule(review=which, name=st.sampled_from(["manager", "boss", "sre"]), near=st.booleans())
    def propose(self, review: int, name: str, near: bool) -> None:
        self.times["within"] = NEAR if near else FAR
        self.on(review, "proposed", lambda code: propose(find(code), self.people[name]))
        self.times["within"] = FAR

    @rule(review=which, name=who)
    def sign(self, review: int, name: str) -> None:
        self.on(review, "signed", lambda code: sign(self.last(code), self.people[name]))

    @rule(review=which, other=st.booleans(), name=who)
    def sign_what_is_of_elsewhere(self, review: int, other: bool, name: str) -> None:
        def crossed(code: str) -> object:
            theirs = self.last(self.codes[1 - review])
            digest = theirs.digest if other else find(code).change_set.digest
            return sign(self.last(code), self.people[name], expected_digest=digest)

        self.on(review, "signed elsewhere", crossed)
        assert not self.seen["signed elsewhere"]

    @rule(review=which, far=st.sampled_from([1, 2, 3, 4, 4, 4]), sre=st.sampled_from(["sre", "sre2"]))
    def go_straight(self, review: int, far: int, sre: str) -> None:
        # Alone, random steps rarely come as far as an effect.
        self.on(review, "collected", lambda code: green(find(code)))
        self.on(review, "proposed", lambda code: propose(find(code), self.people["manager"]))
        for name in (sre, "sec")[: far - 1]:
            self.on(review, "signed", lambda code, name=name: sign(self.last(code), self.people[name]))  # type: ignore[misc]
        if far == 4:
            wait(TIMELOCK.total_seconds())
            self.on(review, "swept", executor.take_effect)

    @rule(review=which, name=who)
    def withdraw(self, review: int, name: str) -> None:
        actor = self.people[name]
        self.on(review, "withdrew", lambda code: actions.withdraw_signature(code=code, actor=actor))

    @rule(review=which, name=who)
    def reject(self, review: int, name: str) -> None:
        actor = self.people[name]
        self.on(review, "rejected", lambda code: actions.reject(code=code, actor=actor, reason="No."))

    @rule(review=which, name=who)
    def cancel(self, review: int, name: str) -> None:
        actor = self.people[name]
        self.on(review, "cancelled", lambda code: actions.cancel(code=code, actor=actor, reason="No."))

    @rule(review=which, name=st.sampled_from(["manager", "boss", "sre"]), collect=st.booleans())
    def edit(self, review: int, name: str, collect: bool) -> None:
        def edited(code: str) -> None:
            seen = find(code).change_set
            reviews.edit_change_set(
                code=code,
                change_set={**seen.body, "purpose": f"{seen.pk}"},
                expected_digest=seen.digest,
                actor=self.people[name],
            )
            if collect:
                green(find(code))

        self.on(review, "edited", edited)

    @rule(
        review=which, verdict=st.sampled_from(["green", "green", "red", "pending", "error", "stale", "taken"])
    )
    def collect(self, review: int, verdict: str) -> None:
        def collected(code: str) -> None:
            found, old = find(code), clock.now() - FRESH
            if verdict == "green":
                green(found)
            elif verdict == "red":
                red(found)
            elif verdict == "stale":
                record(found, "G1.1", measured_at=old + timedelta(milliseconds=1))
            else:
                record(found, "G6.4", **self.unknown(verdict))
                endings.on_evidence(subject=code)

        self.on(review, f"collected {verdict}", collected)

    @staticmethod
    def unknown(verdict: str) -> dict[str, Any]:
        """The fields of a reading that is neither green nor red."""
        away = {"msgid": "Away.", "params": {}}
        return {
            "pending": {"outcome": "lacking", "passed": None, "judged": "pending"},
            "error": {"outcome": "error", "passed": None, "judged": "error", "reason": away},
            "taken": {"outcome": "withdrawn", "passed": None, "judged": "pending"},
        }[verdict]

    @rule(name=who, active=st.sampled_from([True, True, False]))
    def deactivate(self, name: str, active: bool) -> None:
        def switched() -> None:
            User.objects.filter(pk=self.people[name].pk).update(is_active=active)
            self.people[name].is_active = active

        self.act("reactivated" if active else "deactivated", switched)

    @rule(name=who, role=st.sampled_from(["sre", "security", "release_manager"]), given=st.booleans())
    def change_role(self, name: str, role: str, given: bool) -> None:
        def changed() -> None:
            if given:
                give(self.people[name], role)
            else:
                held = RoleGrant.objects.filter(user=self.people[name], role=role, revoked_at=None)
                held.update(revoked_at=clock.now())

        self.act("role given" if given else "role taken", changed)

    @rule(weaker=st.booleans())
    def change_policy(self, weaker: bool) -> None:
        """Whoever rewrites the profile's file changes no review that pinned it."""
        slots = ("sre", "product") if weaker else ("sre", "security")
        self.act("policy changed", lambda: policy(slots, version=2 + weaker))

    @rule(review=which, part=st.sampled_from(["slots", "timelock", "environment"]))
    def swap(self, review: int, part: str) -> None:
        """What somebody slips under the proposal past all acts never takes effect; it is put back."""
        found = find(self.codes[review])
        weaker = {"slots": ["sre", "product"], "timelock": 1}
        changed: dict[str, Any] = {"environment": "prod-us"}
        if part != "environment":
            changed = {
                "profile": {**found.profile, "policy": {**found.profile["policy"], part: weaker[part]}}
            }
        same = Review.objects.filter(pk=found.pk)
        same.update(**changed)
        effects = self.seen["effects"]
        self.on(review, "swept a swapped one", executor.take_effect)
        assert self.seen["effects"] == effects
        same.update(profile=found.profile, environment=found.environment)
        self.rows = laws.rows(self.codes)

    @rule(review=which, name=who, chance=st.integers(0, 7), exit=st.booleans())
    def stop(self, review: int, name: str, chance: int, exit: bool) -> None:
        # No-Go and Exit end a review, so they come rarely.
        if chance:
            return
        actor = self.people[name]
        if exit:
            self.on(review, "taken out", lambda code: exits.start(code=code, actor=actor, reason="Out."))
        else:
            self.on(
                review, "no-go", lambda code: actions.record_no_go(code=code, reason="Stop.", actor=actor)
            )

    @rule(part=st.sampled_from([0.25, 0.5, 1.0, 1.0, 10.0]))
    def tick(self, part: float) -> None:
        self.act("ticked", lambda: wait(TIMELOCK.total_seconds() * part))

    @rule(review=which)
    def effect(self, review: int) -> None:
        self.on(review, "swept", executor.take_effect)

    @rule()
    def sweep(self) -> None:
        self.act("swept all", executor.sweep, touches=self.codes)
