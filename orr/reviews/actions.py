"""What people and pipelines do to a review itself: open it, edit its change set, collect again."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from evidence import actions as evidence_actions
from evidence.contract import Facts
from orr.accounts import roles, teams
from orr.accounts.models import APPROVER_ROLES, DEFAULT_TEAM, Role, User
from orr.calendar import reading as calendar
from orr.calendar.freezes import Planned
from orr.changes import digest as digests
from orr.changes import intake, triggers
from orr.changes.models import ChangeSet
from orr.events.bus import publish
from orr.events.vocabulary import Event
from orr.lib import clock
from orr.lib.errors import Conflict, FieldError, Invalid
from orr.lib.sentence import say
from orr.policies import actions as policies
from orr.policies import enforcement
from orr.profiles import load, merge
from orr.profiles.schema import Profile, Wrong
from orr.reviews import reviewed
from orr.reviews.acts import find, lock, move, require, touch
from orr.reviews.models import Editor, Review, number_of
from orr.reviews.standing import standing
from orr.reviews.states import COLLECTING, State, Verb
from orr.tlog import log

__all__ = [
    "any_was_opened",
    "asked_for",
    "collect",
    "edit_change_set",
    "facts_of",
    "find",
    "lock",
    "move",
    "open_review",
    "require",
    "rules_of",
    "still_collecting",
    "taking_evidence",
    "touch",
]


def open_review(
    *, change_set: dict[str, Any], profile: str | None, actor: User, re_review_of: str | None = None
) -> Review:
    """Open a review of the change set; collection starts by itself.

    `profile` None derives the profiles from the change set; a named one joins those that the change set
    asks for by itself, so that naming a lighter one weakens nothing. The team is the one that owns its
    services, and the actor opens reviews there or everywhere. `re_review_of`: what is known of that review
    and still true of this one is carried over, and only the rest is asked now.
    Raises Invalid, NotAllowed, NotFound.
    """
    intake.parse(change_set, "/change_set")
    team = _of_its_services(change_set, actor)
    names = asked_for(change_set, profile)
    with transaction.atomic():
        former = find(re_review_of, actor) if re_review_of else None
        loaded = [policies.in_force(name) for name in names]
        review = _create(change_set, loaded, actor, former, team)
        log.append(
            kind="review.opened",
            review=review.code,
            artefacts={"change_set": _hex(review.change_set.digest), "profile": _hex(review.profile_digest)},
            actor=str(actor.pk),
        )
        if review.shadow:
            _tell_mode(review, actor)
        publish(Event.REVIEW_OPENED, subject=review.code)
        _request_collection(review, actor, known=_carried(review, actor))
    return review


def _tell_mode(review: Review, actor: User) -> None:
    """Say in the log whether the review is in shadow, where it begins to be or no longer is."""
    kind = "review.in_shadow" if review.shadow else "review.enforced"
    artefacts = {"change_set": _hex(review.change_set.digest)}
    log.append(kind=kind, review=review.code, artefacts=artefacts, actor=str(actor.pk))


def _carried(review: Review, actor: User) -> list[str]:
    """The items that need no asking now, since the former review knows them."""
    if review.re_review_of is None:
        return []
    facts, rules = facts_of(review), rules_of(review)
    return evidence_actions.carry(source=review.re_review_of.code, facts=facts, rules=rules, actor=actor)


def _create(
    change_set: dict[str, Any], loaded: list[Profile], actor: User, former: Review | None, team: UUID
) -> Review:
    review = Review.objects.create(
        change_set=ChangeSet.keep(change_set),
        title=change_set["title"].strip(),
        environment=change_set["environment"].strip(),
        requester=actor,
        re_review_of=former,
        team_id=team,
        shadow=enforcement.in_shadow(change_set.get("service_ids") or []),
        **_pinned(loaded),
    )
    review.refresh_from_db()
    return review


def _of_its_services(change_set: dict[str, Any], actor: User) -> UUID:
    """The team that owns the services of the change set. Raises NotAllowed where the actor opens none."""
    team = teams.owner_of(change_set.get("service_ids") or [])
    roles.require(actor, Role.RELEASE_MANAGER, *sorted(APPROVER_ROLES), team=team)
    return team


def _pinned(loaded: list[Profile]) -> dict[str, Any]:
    try:
        merged = merge.union(loaded)
    except Wrong as error:
        apart = say("These profiles cannot be put together: %(why)s", why=error.sentence)
        raise Invalid([FieldError("/profile", apart)]) from error
    named = [
        {
            "name": p.name,
            "version": p.version,
            "title": p.title.model_dump(),
            "digest": load.profile_digest(p),
        }
        for p in loaded
    ]
    return {
        "profiles": named,
        "profile": merged.model_dump(mode="json"),
        "profile_digest": load.profile_digest(merged),
    }


def asked_for(change_set: dict[str, Any], profile: str | None) -> list[str]:
    """The names of the profiles: the named one, and those that the items and the planned time ask for."""
    known = reviewed.baseline(change_set, teams.owner_of(change_set.get("service_ids") or []))
    busy = calendar.busy(Planned.of(change_set))
    if profile:
        return triggers.with_named(profile, change_set, known, busy=busy)
    return triggers.profiles_for(change_set, known, busy=busy)


def _derived_anew(review: Review, change_set: dict[str, Any], team: UUID) -> dict[str, Any]:
    """What an edited change set is reviewed by, where that is something else now; a named profile stays.

    So does one that the calendar asked for when the review opened, and does not ask for any more.
    """
    before = [one["name"] for one in review.profiles]
    was, now = (calendar.busy(Planned.of(body)) for body in (review.body, change_set))
    known = reviewed.baseline(review.body, review.team_id or DEFAULT_TEAM)
    named = [] if before == triggers.profiles_for(review.body, known, busy=was) else before
    kept = [name for name in named if name not in triggers.triggered(review.body, known, busy=was)]
    asked = triggers.triggered(change_set, reviewed.baseline(change_set, team), busy=now)
    names = list(dict.fromkeys([*kept, *asked])) or triggers.profiles_for(change_set, busy=now)
    if names == before:
        return {}
    return _pinned([policies.in_force(name) for name in names])


@transaction.atomic
def edit_change_set(*, code: str, change_set: dict[str, Any], expected_digest: str, actor: User) -> Review:
    """Replace the change set while nothing is proposed. Raises Invalid, NotAllowed, Conflict."""
    intake.parse(change_set, "/change_set")
    review = lock(code, actor)
    if actor != review.requester:
        roles.require(actor, Role.RELEASE_MANAGER, team=review.team_id)
    team = teams.owner_of(change_set.get("service_ids") or [])
    if team != review.team_id:
        _of_its_services(change_set, actor)
    if expected_digest != review.change_set.digest:
        raise Conflict(
            say("The change set is %(now)s by now, not the one you saw.", now=review.change_set.digest)
        )
    if review.state not in (State.CHECKING, State.VOID):
        raise Conflict(say("A change set can be edited while nothing is proposed."))
    # The policies' lock before the rows of the services, as where a review is opened.
    derived = _derived_anew(review, change_set, team)
    kept = ChangeSet.keep(change_set)
    move(review, Verb.EDIT, actor)
    Review.objects.filter(pk=review.pk).update(
        change_set=kept,
        title=change_set["title"].strip(),
        environment=change_set["environment"].strip(),
        team_id=team,
        # A real review stays real: no edit lets it out of what it has to pass.
        shadow=review.shadow and enforcement.in_shadow(change_set.get("service_ids") or []),
        decidable_at=None,
        version=F("version") + 1,
        **derived,
    )
    Editor.objects.get_or_create(review=review, person=actor)
    log.append(
        kind="change_set.edited",
        review=code,
        artefacts={"change_set": _hex(kept.digest)},
        actor=str(actor.pk),
    )
    publish(Event.CHANGE_SET_EDITED, subject=code)
    return _edited(review, actor)


def _edited(was: Review, actor: User) -> Review:
    """The review as it is after an edit, being asked anew; `was` is how it stood before."""
    review = find(was.code)
    if review.shadow != was.shadow:
        _tell_mode(review, actor)
    _request_collection(review, actor)
    return review


@transaction.atomic
def collect(*, code: str, actor: User, item: str | None = None) -> Review:
    """Ask every source again, or only for one item.

    Raises NotAllowed; Conflict once the review is past its decision, and where the item does not apply or
    nothing measures it; TooMany where the review was asked by hand too often in the last minute.
    """
    review = lock(code, actor)
    roles.require(actor, Role.RELEASE_MANAGER, *sorted(APPROVER_ROLES), team=review.team_id)
    if review.state not in COLLECTING:
        raise Conflict(say("%(code)s is past its decision; nothing is collected any more.", code=code))
    evidence_actions.may_ask_again(review.code)
    if item is None:
        _request_collection(review, actor)
    else:
        facts, rules = facts_of(review), rules_of(review)
        evidence_actions.ask_item_again(item=item, facts=facts, rules=rules, actor=actor)
    touch(code)
    return review


def taking_evidence(code: str, actor: User) -> Review:
    """The review, locked, while it takes evidence of this person. Raises NotFound, and Conflict once it is
    past its decision.
    """
    review = lock(code, actor)
    if review.state not in COLLECTING:
        raise Conflict(say("%(code)s is past its decision; it takes no evidence any more.", code=review.code))
    return review


def still_collecting(code: str) -> bool:
    """Whether evidence of the review is to be asked again by itself."""
    state = Review.objects.filter(pk=number_of(code) or 0).values_list("state", flat=True).first()
    return state in COLLECTING


def any_was_opened() -> bool:
    """Whether the installation has had its first review."""
    return Review.objects.exists()


def facts_of(review: Review) -> Facts:
    """What collectors may know of a review."""
    return Facts(
        subject=review.code,
        change_set=review.body,
        change_set_digest=review.change_set.digest,
        items_digest=digests.items_digest(review.body),
        item_digests=review.change_set.item_digests,
        environment=review.environment,
        opened_at=review.opened_at,
        team=review.team_id or DEFAULT_TEAM,
    )


def rules_of(review: Review) -> list[Any]:
    """The rules that apply to the change set as it is."""
    kinds = review.change_set.kinds
    return [rule for rule in review.rules.items.values() if rule.applies_to(kinds)]


def mark_decidable(*, subject: str, **_: Any) -> None:
    """Remember the first moment at which no applicable item is pending; listens to evidence."""
    review = lock(subject)
    if review.decidable_at is None and standing(review, clock.now()).decidable:
        Review.objects.filter(pk=review.pk).update(decidable_at=clock.now())
    touch(subject)


def _request_collection(review: Review, actor: User, known: Collection[str] = ()) -> None:
    facts, rules = facts_of(review), rules_of(review)
    only = [rule.code for rule in rules if rule.code not in known]
    evidence_actions.request_collection(facts=facts, rules=rules, actor=actor, only=only)


def _hex(digest: str) -> str:
    return digest.removeprefix("sha256:")
