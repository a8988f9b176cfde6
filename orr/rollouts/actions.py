"""What is said about a rollout: that it started, its stage, that it finished; and closing by hand."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from orr.accounts import roles
from orr.accounts.models import Role, User
from orr.decisions.models import Decision
from orr.events.bus import publish
from orr.events.vocabulary import Event
from orr.guards import actions as guards
from orr.guards import contracts
from orr.lib import clock
from orr.lib.canonical import canonical_bytes, sha256_hex
from orr.lib.errors import Conflict, FieldError, Invalid
from orr.lib.met import Met, Requirement, Unmet, require
from orr.lib.sentence import Sentence, say
from orr.reviews import acts
from orr.reviews.models import Review
from orr.reviews.states import State, Verb
from orr.rollouts import writing
from orr.rollouts.models import Rollout, StageEvent
from orr.rollouts.verdict import Verdict, judge
from orr.tlog import log as tlog

FRESH = timedelta(seconds=60)


def may_lead(review: Review, person: User) -> Requirement:
    """Who may start, stage, finish and close: the requester, release managers, the system."""
    held = roles.roles_of(person, team=review.team_id)
    if person.is_system or (person.is_active and person == review.requester) or Role.RELEASE_MANAGER in held:
        return Met()
    return Unmet(say("A rollout is led by the requester or a release manager."))


def on_effect(*, subject: str, **_: object) -> None:
    """Write the guards of a decision down when it takes effect; listens to the decision.

    Those of a shadow review stay in its proposal: nothing outside is changed for it.
    """
    review = acts.find(subject)
    proposal = Decision.objects.select_related("proposal").get(review=review).proposal
    if proposal is not None and not review.shadow:
        guards.register(review=subject, proposal_digest=proposal.digest, guards=proposal.guards)


def start(*, code: str, actor: User) -> Verdict:
    """Start: only while the decision is effective and valid, with every guard read back just now.

    Calls out before it writes. Raises NotFound, NotAllowed, Conflict with every reason.
    """
    _look(code, actor)
    with transaction.atomic():
        review = _lead(code, actor)
        acts.require(review, Verb.START)
        decision = Decision.objects.get(review=review)
        now = clock.now()
        reasons = [*_expired(decision, now), *_unproven(code, now)]
        if reasons or decision.valid_until is None:
            raise Conflict(say("The rollout cannot start. %(why)s", why=reasons[0]), reasons=reasons)
        acts.move(review, Verb.START, actor)
        rollout = Rollout.objects.create(
            review=review, started_at=now, started_by=actor, valid_until=decision.valid_until
        )
        return _event(review, rollout, "started", 0, actor, now)


def stage(*, code: str, percent: int, actor: User) -> Verdict:
    """The deployer says which share of the traffic the change gets; recorded and judged."""
    if isinstance(percent, bool) or not isinstance(percent, int) or not 1 <= percent <= 100:
        raise Invalid([FieldError("/percent", say("A stage is a whole number from 1 to 100."))])
    _note_weight(code, percent, actor)
    _look(code, actor)
    with transaction.atomic():
        review = _lead(code, actor)
        acts.move(review, Verb.STAGE, actor)
        rollout = Rollout.objects.get(review=review)
        Rollout.objects.filter(pk=rollout.pk).update(percent=percent, stage=rollout.stage + 1)
        return _event(review, rollout, "stage", percent, actor, clock.now())


def finish(*, code: str, actor: User) -> Verdict:
    """The deployer says that all of it is out; the observation begins. A lost guard holds it here."""
    _note_weight(code, 100, actor)
    _look(code, actor)
    with transaction.atomic():
        review = _lead(code, actor)
        acts.require(review, Verb.FINISH)
        now = clock.now()
        reasons = _unproven(code, now)
        if reasons:
            raise Conflict(say("The rollout holds. %(why)s", why=reasons[0]), reasons=reasons)
        acts.move(review, Verb.FINISH, actor)
        rollout = Rollout.objects.get(review=review)
        until = now + timedelta(seconds=observation_seconds(review))
        Rollout.objects.filter(pk=rollout.pk).update(percent=100, finished_at=now, observation_until=until)
        return _event(review, rollout, "finished", 100, actor, now)


@transaction.atomic
def close(*, code: str, actor: User) -> Review:
    """Close by hand once the observation is over and every act of the review is in the signed log."""
    review = _lead(code, actor)
    acts.require(review, Verb.CLOSE)
    rollout = Rollout.objects.get(review=review)
    now = clock.now()
    if rollout.observation_until is None or now < rollout.observation_until:
        raise Conflict(say("The observation is not over yet."))
    missing = tlog.gap(code)
    if missing:
        raise Conflict(say("%(n)s acts of this review are not in the signed log yet.", n=missing))
    acts.move(review, Verb.CLOSE, actor)
    Rollout.objects.filter(pk=rollout.pk).update(closed_at=now, closed_by=actor)
    publish(Event.REVIEW_CLOSED, subject=code, actor=actor)
    tlog.append(kind="review.closed", review=code, artefacts={}, actor=str(actor.pk))
    return review


def observation_seconds(review: Review) -> int:
    """The profile's observation, or a longer one that a guard asks for."""
    ours = [guard for guard in guards.of(review.code) if guard.kind == contracts.OBSERVATION]
    return max([review.rules.canary.observation, *(contracts.seconds(guard.value) or 0 for guard in ours)])


def _lead(code: str, actor: User) -> Review:
    review = acts.lock(code, actor)
    require(may_lead(review, actor))
    return review


def _look(code: str, actor: User) -> None:
    """Read every guard back; outside a transaction, for it calls out."""
    review = acts.find(code, actor)
    require(may_lead(review, actor))
    if review.state in (State.EFFECTIVE, State.ROLLING_OUT):
        guards.confirm(code)


def _note_weight(code: str, percent: int, actor: User) -> None:
    """Journal the weight before the guards are read: a canary guard holds whatever this rollout has set."""
    review = acts.find(code, actor)
    if review.state == State.ROLLING_OUT and may_lead(review, actor):
        writing.note(review, percent)


def _expired(decision: Decision, now: datetime) -> list[Sentence]:
    if decision.valid_until is None or now >= decision.valid_until:
        return [say("The decision has expired; the change needs a new review.")]
    return []


def _unproven(code: str, now: datetime) -> list[Sentence]:
    """Why guards do not hold; one that was not read just now counts as not read."""
    found = guards.of(code)
    old = [guard for guard in found if guard.confirmed_at is not None and now - guard.confirmed_at > FRESH]
    return guards.unproven(found, now) or [
        say("The guard at %(target)s was not read back just now.", target=guard.target) for guard in old
    ]


def _event(review: Review, rollout: Rollout, event: str, percent: int, actor: User, now: datetime) -> Verdict:
    stages: Sequence[int] = [stage.percent for stage in review.rules.canary.stages]
    lost = guards.unproven(guards.of(review.code), now)
    verdict = judge(percent=percent, stages=stages, guards=lost, valid_until=rollout.valid_until, now=now)
    StageEvent.objects.create(
        rollout=rollout, number=rollout.events.count() + 1, event=event, percent=percent, at=now, by=actor,
        verdict=verdict.verdict, reason=verdict.reason,
    )  # fmt: skip
    writing.note(review, percent)
    publish(_EVENTS[event], subject=review.code, percent=percent, verdict=verdict.verdict)
    stated = sha256_hex(canonical_bytes({"event": event, "percent": percent, "verdict": verdict.verdict}))
    tlog.append(kind=f"rollout.{event}", review=review.code, artefacts={"stage": stated}, actor=str(actor.pk))
    return verdict


_EVENTS = {
    "started": Event.ROLLOUT_STARTED,
    "stage": Event.ROLLOUT_STAGED,
    "finished": Event.ROLLOUT_FINISHED,
}
