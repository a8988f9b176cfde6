"""Proposing Go or Go with Guards: freeze what is true, name the deadline, ask for signatures."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max

from approvals import actions as approvals
from approvals.models import State
from orr.accounts import people
from orr.accounts.models import User
from orr.decisions import break_glass as glass
from orr.decisions import eligibility, endings, former, freezing, guarding, rules, snapshot
from orr.decisions.models import Proposal
from orr.decisions.rules import Choice
from orr.decisions.words import required
from orr.events.bus import publish
from orr.events.vocabulary import Event
from orr.lib import clock
from orr.lib.canonical import PREFIX
from orr.lib.errors import Conflict, FieldError, Invalid
from orr.lib.met import Requirement, Unmet, require
from orr.lib.sentence import say
from orr.plans import plan
from orr.reviews import actions as reviews
from orr.reviews.models import Review
from orr.reviews.standing import Standing, standing
from orr.reviews.states import Verb
from orr.tlog import log

OPEN_ALREADY = say("A proposal is open already; it has to end before another is made.")


def propose(
    *,
    code: str,
    decision: str,
    guards: Sequence[Mapping[str, Any]],
    reason: str,
    actor: User,
    expected_digest: str | None = None,
    break_glass: Collection[str] | None = None,
) -> Proposal:
    """Put Go or Go with Guards to the approvers. `expected_digest`: the change set the caller saw.

    `break_glass`: without the timelock, past these items by name, where the pinned profile allows it.
    Raises Invalid, NotAllowed, NotFound; Conflict with the reasons where it is not possible, or not
    decidable yet.
    """
    choice = _choice(decision, guards)
    stated = required(reason, "/reason")
    found = reviews.find(code, actor)
    require(eligibility.may_propose(found, actor))
    # The drivers are asked before the lock is taken: a slow one delays nobody else.
    whole = guarding.complete(guards, found, actor)
    answers = guarding.asked(whole)
    with transaction.atomic():
        review = reviews.lock(code, actor)
        require(eligibility.may_propose(review, actor))
        seen(review, expected_digest)
        reviews.require(review, Verb.PROPOSE)
        _make_room(review)
        now = clock.now()
        live = standing(review, now)
        by_name = None if break_glass is None else _by_name(review, live, break_glass, stated)
        _possible(review, choice, live, answers, break_glass or ())
        under = [one.as_json() for one in freezing.passed(live)]
        terms = replace(_terms(review, choice, whole, now), break_glass=by_name, freezes=under)
        proposal = _keep(review, terms, live, stated, actor, answers)
        reviews.move(review, Verb.PROPOSE, actor)
        _tell(proposal, review, actor)
    return proposal


def seen(review: Review, expected_digest: str | None) -> None:
    """Raise Conflict where the caller saw another change set."""
    if expected_digest is not None and expected_digest != review.change_set.digest:
        raise Conflict(
            say("The change set is %(now)s by now, not the one you saw.", now=review.change_set.digest)
        )


def _choice(decision: str, guards: Sequence[Mapping[str, Any]]) -> Choice:
    if decision not in (Choice.GO, Choice.GO_WITH_GUARDS):
        known = say("A decision is go, go_with_guards or no_go.")
        raise Invalid([FieldError("/decision", known)])
    if decision == Choice.GO and guards:
        raise Invalid([FieldError("/guards", say("Go takes no guards; with guards it is Go with Guards."))])
    return Choice(decision)


def _make_room(review: Review) -> None:
    former = endings.live(review)
    if former is None:
        return
    if former.request.standing(clock.now()).may_sign:
        raise Conflict(OPEN_ALREADY)
    reason = say("The time to sign was over.")
    endings.finish(review, former, State.EXPIRED, reason, people.system(), move=False)


def _by_name(review: Review, live: Standing, named: Collection[str], reason: str) -> dict[str, Any]:
    """What is signed of break-glass. Raises Conflict where the profile or an item does not allow it."""
    if review.rules.policy.break_glass is None:
        raise Conflict(glass.NOT_ALLOWED)
    able = glass.may_name(live, named)
    if isinstance(able, Unmet):
        raise Conflict(able.reason)
    return glass.terms(named, reason)


def _possible(
    review: Review,
    choice: Choice,
    live: Standing,
    answers: Sequence[Requirement | None],
    named: Collection[str],
) -> None:
    drivers = [answer for answer in answers if answer is not None]
    guards = rules.guards(drivers) if choice is Choice.GO_WITH_GUARDS else None
    owed, judged = former.requirement(review), glass.beside(live, named)
    option = next(o for o in rules.options(judged, rules.UNKNOWN, guards, owed) if o.decision is choice)
    if isinstance(option.requirement, Unmet):
        raise Conflict(option.requirement.reason, reasons=option.reasons)


def _terms(
    review: Review, choice: Choice, guards: Sequence[Mapping[str, Any]], now: datetime
) -> snapshot.Terms:
    policy = review.rules.policy
    valid_until = now + timedelta(seconds=policy.valid_for)
    return snapshot.Terms(
        review=review.code,
        number=_next_number(review),
        change_set_digest=review.change_set.digest,
        profile_digest=review.profile_digest,
        environment=review.environment,
        decision=choice,
        guards=guards,
        exit_plan=plan.build(review.body).as_json(),
        risk=rules.UNKNOWN,
        approve_by=min(now + timedelta(seconds=policy.approve_within), valid_until),
        valid_until=valid_until,
    )


def _next_number(review: Review) -> int:
    return (review.proposals.aggregate(last=Max("number"))["last"] or 0) + 1


def _keep(
    review: Review,
    terms: snapshot.Terms,
    live: Standing,
    reason: str,
    actor: User,
    answers: Sequence[Requirement | None],
) -> Proposal:
    frozen = snapshot.build(live.items)
    signed = snapshot.payload(terms, frozen)
    digest = snapshot.proposal_digest(signed)
    policy, by_name = review.rules.policy, terms.break_glass
    request = approvals.open_request(
        subject=review.code,
        subject_digest=digest,
        slots=freezing.slots(policy.slots, terms.freezes),
        delay=timedelta(seconds=policy.timelock if by_name is None else 0),
        approve_by=terms.approve_by,
    )
    return Proposal.objects.create(
        review=review, number=terms.number, decision=terms.decision, guards=list(terms.guards),
        answered=[None if answer is None else bool(answer) for answer in answers],
        payload=signed, digest=digest, snapshot=frozen, reason=reason, proposed_by=actor,
        proposed_at=request.opened_at, approve_by=terms.approve_by, valid_until=terms.valid_until,
        request=request, break_glass=None if by_name is None else by_name["items"],
    )  # fmt: skip


def _tell(proposal: Proposal, review: Review, actor: User) -> None:
    log.append(
        kind="proposal.made",
        review=review.code,
        artefacts={
            "proposal": proposal.digest.removeprefix(PREFIX),
            "change_set": review.change_set.digest.removeprefix(PREFIX),
        },
        actor=str(actor.pk),
    )
    publish(Event.PROPOSAL_MADE, subject=review.code, proposal=proposal.pk)
