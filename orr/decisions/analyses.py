"""What people do about a root-cause analysis: it is opened, saved, recorded and marked."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, When

from orr.accounts.models import User
from orr.accounts.roles import ACTING_ROLES, roles_of
from orr.decisions import rca as rules
from orr.decisions.models import Decision
from orr.decisions.rca import Cause, Content
from orr.decisions.rca_models import Rca, RcaRevision
from orr.decisions.snapshot import rfc3339
from orr.events.bus import publish
from orr.events.vocabulary import Event
from orr.lib import clock
from orr.lib.canonical import PREFIX, digest, sha256_hex
from orr.lib.errors import Conflict, FieldError, Invalid, NotFound
from orr.lib.met import Met, Requirement, Unmet, require
from orr.lib.sentence import say
from orr.reviews import actions as reviews
from orr.reviews.models import Review
from orr.tlog import log


def of(review: Review) -> Rca | None:
    """The review's open analysis that is due first, else the latest of the closed ones."""
    found = Rca.objects.filter(review=review).select_related("recorded_by", "closed_by")
    open_first = [Case(When(closed_at=None, then=name)).asc(nulls_last=True) for name in ("due_at", "pk")]
    return found.order_by(*open_first, "-opened_at", "-pk").first()


def need(review: Review) -> Rca:
    """The analysis that is to be worked on, as `of` says. Raises NotFound where nothing opened one."""
    found = of(review)
    if found is None:
        raise NotFound(say("%(code)s owes no root-cause analysis.", code=review.code))
    return found


def authors(analysis: Rca) -> frozenset[UUID]:
    """Who wrote some of its text; marking an action as done is no writing."""
    return frozenset(analysis.revisions.filter(marks_only=False).values_list("by_id", flat=True))


def may_write(review: Review, person: User) -> Requirement:
    """Whether the person may write it: the requester, release managers and approvers."""
    held = roles_of(person, team=review.team_id)
    if person.is_active and person.pk == review.requester_id:
        return Met()
    if not held.isdisjoint(ACTING_ROLES):
        return Met()
    return Unmet(say("Only the requester, release managers and approvers write the analysis."))


def may_close(review: Review, analysis: Rca, person: User) -> Requirement:
    """Whether the person may close it: in whom such a role counts by now, and who wrote none of it."""
    held = roles_of(person, clock.now(), team=review.team_id)
    if held.isdisjoint(ACTING_ROLES):
        return Unmet(say("Only release managers and approvers close an analysis."))
    return rules.second_person(authors(analysis), person.pk, str(person))


def open_for(review: Review, cause: Cause, due: datetime, at: datetime, actor: User) -> Rca:
    """Open the analysis inside the caller's lock; the one that is open already stays as it is."""
    there = Rca.objects.filter(review=review, cause=cause, closed_at=None).first()
    if there is not None:
        return there
    made = Rca.objects.create(review=review, cause=cause, opened_at=at, due_at=due)
    owed = [review.code, cause.value, rfc3339(at), rfc3339(due)]
    tell(Event.RCA_OPENED, "rca.opened", review, digest(owed), actor)
    return made


@transaction.atomic
def on_no_go(*, subject: str, **_: Any) -> None:
    """A No-Go opens its analysis, due when the decision says; listens to the decision."""
    review = reviews.lock(subject)
    found = Decision.objects.select_related("by").get(review=review)
    if found.rca_due_at is not None:
        open_for(review, Cause.NO_GO, found.rca_due_at, found.effective_at, found.by)


@transaction.atomic
def on_exit(*, subject: str, actor: User, **_: Any) -> None:
    """An Exit opens its analysis from its start, due 48 h later; listens to the Exit."""
    review = reviews.lock(subject)
    now = clock.now()
    open_for(review, Cause.EXIT, now + rules.WITHIN, now, actor)


@transaction.atomic
def on_break_glass(*, subject: str, **_: Any) -> None:
    """Break-glass opens its analysis with its effect, due 48 h later; listens to the debt."""
    review = reviews.lock(subject)
    found = Decision.objects.select_related("by").get(review=review)
    open_for(review, Cause.BREAK_GLASS, found.effective_at + rules.WITHIN, found.effective_at, found.by)


@transaction.atomic
def save(*, code: str, content: Content, seen: int, actor: User, record: bool = False) -> RcaRevision:
    """Keep another version; `seen`: the number of the version it was written on. `record`: it is complete.

    Saying the same again changes nothing. Raises Invalid, NotAllowed, NotFound; Conflict where somebody
    saved meanwhile, where it is closed, or where it is to be recorded and is not complete.
    """
    review = reviews.lock(code, actor)
    require(may_write(review, actor))
    analysis = need(review)
    stated = rules.tidy(content)
    newest = _seen(analysis, seen)
    _owners_exist(stated)
    _items_exist(review, stated)
    if record or analysis.recorded_at:
        ready = rules.complete(stated)
        if isinstance(ready, Unmet):
            raise Conflict(ready.reason)
    if newest is None or newest.content != stated:
        newest = _keep(review, analysis, newest, stated, actor)
    if record or analysis.recorded_at:
        _record(review, analysis, newest, actor)
    return newest


@transaction.atomic
def mark(*, code: str, place: int, done: bool, seen: int, actor: User) -> RcaRevision:
    """Say that an action (0 the first) is done, or not. Raises NotAllowed, NotFound, Conflict, Invalid."""
    review = reviews.lock(code, actor)
    analysis = need(review)
    newest = _seen(analysis, seen)
    actions = list(newest.content.actions) if newest else []
    if newest is None or not 0 <= place < len(actions):
        raise Invalid([FieldError("/place", say("There is no such action."))])
    if actions[place].owner != str(actor.pk):
        require(may_write(review, actor))
    actions[place] = replace(actions[place], done=done)
    stated = replace(newest.content, actions=tuple(actions))
    if newest.content == stated:
        return newest
    made = _keep(review, analysis, newest, stated, actor)
    _log("rca.marked", review, made.digest, actor)
    return made


def _seen(analysis: Rca, seen: int) -> RcaRevision | None:
    newest = analysis.newest
    if newest is not None and newest.number != seen:
        raise Conflict(rules.newer(str(newest.by)))
    if newest is None and seen != 0:
        raise Conflict(say("The analysis is another than the one you were shown; look again."))
    return newest


def _keep(
    review: Review, analysis: Rca, newest: RcaRevision | None, content: Content, actor: User
) -> RcaRevision:
    marks_only = newest is not None and rules.only_marks(newest.content, content)
    if analysis.closed_at is not None and not marks_only:
        raise Conflict(say("%(name)s closed this analysis.", name=str(analysis.closed_by)))
    number = newest.number + 1 if newest else 1
    payload = rules.payload(review.code, analysis.cause, number, content)
    made = RcaRevision.objects.create(
        rca=analysis, number=number, payload=payload, digest=PREFIX + sha256_hex(payload),
        marks_only=marks_only, by=actor, at=clock.now(),
    )  # fmt: skip
    publish(Event.RCA_SAVED, subject=review.code, rca=analysis.pk)
    return made


def _record(review: Review, analysis: Rca, newest: RcaRevision, actor: User) -> None:
    """Name the version in the log: each that is recorded, the first with its time.

    A version that was sent back is recorded no more: it takes another text.
    """
    if analysis.returned:
        raise Conflict(say("This text was sent back; change it before you record it again."))
    named = log.entries_of(review.code)
    hexes = {value for entry in named if entry.kind == "rca.recorded" for value in entry.artefacts.values()}
    marked = analysis.recorded_at is not None and newest.marks_only
    if marked or newest.digest.removeprefix(PREFIX) in hexes:
        return
    if analysis.recorded_at is None:
        analysis.recorded_at, analysis.recorded_by = clock.now(), actor
        analysis.save(update_fields=["recorded_at", "recorded_by"])
    tell(Event.RCA_RECORDED, "rca.recorded", review, newest.digest, actor)


def _owners_exist(content: Content) -> None:
    wanted = {place: action.owner for place, action in enumerate(content.actions) if action.owner}
    people = {str(pk) for pk in User.objects.filter(is_active=True).values_list("pk", flat=True)}
    errors = [
        FieldError(f"/actions/{place}/owner", say("An action is owned by a person who can sign in."))
        for place, owner in wanted.items()
        if owner not in people
    ]
    if errors:
        raise Invalid(errors)


def _items_exist(review: Review, content: Content) -> None:
    known = review.profile["items"]
    errors = [
        FieldError(f"/causes/{place}/item", say("There is no item “%(item)s” here.", item=cause.item[:40]))
        for place, cause in enumerate(content.causes)
        if cause.item and cause.item not in known
    ]
    if errors:
        raise Invalid(errors)


def tell(event: Event, kind: str, review: Review, artefact: str, actor: User) -> None:
    """Log the act by the digest of the version it is about, and tell the others."""
    _log(kind, review, artefact, actor)
    publish(event, subject=review.code)


def _log(kind: str, review: Review, artefact: str, actor: User) -> None:
    log.append(
        kind=kind, review=review.code, artefacts={"rca": artefact.removeprefix(PREFIX)}, actor=str(actor.pk)
    )
