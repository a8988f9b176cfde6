"""What a person, a pipeline or the system does: press Exit, and complete its reason."""

from dataclasses import dataclass

from django.db import transaction

from orr.accounts import roles
from orr.accounts.models import User
from orr.events.bus import publish
from orr.events.vocabulary import Event
from orr.exits import intent, watch
from orr.exits.models import Mode, Run, RunState
from orr.exits.record import tell
from orr.lib.canonical import sha256_hex
from orr.lib.errors import Conflict
from orr.lib.met import Met, Requirement, Unmet, require
from orr.lib.sentence import say
from orr.plans.plan import build
from orr.reviews import acts
from orr.reviews.models import Review
from orr.reviews.states import State, Verb
from orr.tlog import log as tlog

BEFORE_ROLLOUT = frozenset({State.CHECKING, State.PROPOSED, State.VOID, State.EFFECTIVE})
REASON_MAX = 2000
# What the log says of a rollout that a review in shadow did not stop.
NOT_STOPPED = "rollout.not_stopped"


@dataclass(frozen=True)
class Withdrawn:
    """Nothing had rolled out, so the review was withdrawn and nothing had to be taken back."""

    code: str


def may_exit(review: Review, person: User) -> Requirement:
    """One person is enough: the requester, a release manager, an approver, or the system itself."""
    if not person.is_active and not person.is_system:
        return Unmet(say("This account is no longer active."))
    held = roles.roles_of(person, team=review.team_id)
    if person.is_system or person == review.requester or not roles.ACTING_ROLES.isdisjoint(held):
        return Met()
    return Unmet(say("Exit is for the requester, release managers and approvers."))


@transaction.atomic
def start(*, code: str, actor: User, reason: str) -> Run | Withdrawn:
    """Take the change back; the intent is committed before anything is sent. Called twice: the same Exit.

    Raises NotFound, NotAllowed, and Conflict where there is nothing to take back, or only by hand.
    """
    review = acts.lock(code, actor)
    require(may_exit(review, actor))
    if review.state in BEFORE_ROLLOUT:
        return _withdraw(review, actor, reason)
    live = review.runs.filter(mode=Mode.EXIT, state=RunState.RUNNING).first()
    if live is None:
        _enter(review, actor)
        live = _begin(review, actor, reason)
    run_id = live.pk
    transaction.on_commit(lambda: watch.begin(run_id), robust=True)
    return live


@transaction.atomic
def complete_reason(*, code: str, actor: User, reason: str) -> Run:
    """Say why, after the tap. Raises NotAllowed, and Conflict without an Exit."""
    review = acts.lock(code, actor)
    require(may_exit(review, actor))
    run = latest(review)
    if run is None:
        raise Conflict(say("%(code)s has no Exit.", code=code))
    run.reason = reason.strip()[:REASON_MAX]
    run.save(update_fields=["reason"])
    tlog.append(kind="exit.reason", review=code, artefacts=_reason(run.reason), actor=str(actor.pk))
    acts.touch(code)
    return run


def latest(review: Review) -> Run | None:
    """The review's latest Exit, running or ended."""
    runs = review.runs.filter(mode=Mode.EXIT).select_related("review__change_set", "started_by")
    return runs.order_by("-started_at").first()


def _withdraw(review: Review, actor: User, reason: str) -> Withdrawn:
    """Raises Conflict where a shadow let it go out all the same: then something has to be taken back."""
    if review.shadow and any(entry.kind == NOT_STOPPED for entry in tlog.entries_of(review.code)):
        keys = len(build(review.body).keys)
        raise Conflict(
            say(
                "%(code)s went out in shadow, without a decision that it could go by: take its %(n)s keys "
                "back by hand, as its Exit plan names them.",
                code=review.code,
                n=keys,
            )
        )
    acts.move(review, Verb.WITHDRAW, actor)
    tlog.append(kind="review.withdrawn", review=review.code, artefacts=_reason(reason), actor=str(actor.pk))
    publish(Event.REVIEW_WITHDRAWN, subject=review.code, actor=actor, reason=reason)
    return Withdrawn(review.code)


def _enter(review: Review, actor: User) -> None:
    """Move to `exiting`; an Exit that ended with something left is pressed again from there."""
    if review.state == State.EXITING:
        return
    if review.state == State.CLOSED:
        _not_superseded(review)
    acts.move(review, Verb.EXIT, actor)


def _begin(review: Review, actor: User, reason: str) -> Run:
    plan = build(review.body)
    said = reason.strip()[:REASON_MAX]
    run = intent.write(review=review, mode=Mode.EXIT, plan=plan, actor=actor, reason=said)
    artefacts = {"plan": run.plan_digest, "intent": intent.sealed(run), **_reason(reason)}
    tlog.append(kind="exit.started", review=review.code, artefacts=artefacts, actor=str(actor.pk))
    acts.touch(review.code)
    tell(Event.EXIT_STARTED, review.code, actor=actor)
    return run


def _not_superseded(review: Review) -> None:
    """A newer closed review of the same target makes the old values foreign ones."""
    ours = {key.target for key in build(review.body).keys}
    newer = Review.objects.filter(
        state=State.CLOSED, environment=review.environment, pk__gt=review.pk
    ).select_related("change_set")
    for other in newer:
        shared = ours & {key.target for key in build(other.body).keys}
        if shared:
            words = {"other": other.code, "target": sorted(shared)[0]}
            raise Conflict(say("%(other)s has changed %(target)s since: take that one back.", **words))


def _reason(reason: str) -> dict[str, str]:
    return {"reason": sha256_hex(reason.encode())} if reason.strip() else {}
