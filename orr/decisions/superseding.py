"""Superseding: a newer review takes the place of one that waits for the same target, on purpose."""

from django.db import transaction

from approvals.models import State as RequestState
from orr.accounts.models import Role, User
from orr.accounts.roles import roles_of
from orr.changes.difference import shared
from orr.decisions import endings
from orr.events.bus import publish
from orr.events.vocabulary import Event
from orr.lib import clock
from orr.lib.canonical import PREFIX
from orr.lib.errors import Conflict
from orr.lib.met import Met, Requirement, Unmet, require
from orr.lib.sentence import Sentence, say
from orr.reviews import actions as reviews
from orr.reviews.acts import state_sentence
from orr.reviews.models import Review
from orr.reviews.states import State, Verb, after
from orr.tlog import log

# What waits: nothing of it has rolled out, so that it can still be withdrawn.
WAITING = frozenset(state for state in State if after(state, Verb.WITHDRAW))
LOOKED_AT = 100


def waiting(review: Review) -> list[Review]:
    """The older reviews of its team that wait for a target of this one, the newest first.

    One in shadow takes the place of no real one.
    """
    if review.state not in WAITING:
        return []
    older = Review.objects.select_related("change_set", "requester").filter(
        pk__lt=review.pk, team=review.team_id, environment=review.environment, state__in=WAITING
    )
    if review.shadow:
        older = older.filter(shadow=True)
    latest = older.defer("profile").order_by("-pk")[:LOOKED_AT]
    return [one for one in latest if shared(review.body, one.body)]


def may_replace(older: Review, person: User) -> Requirement:
    """Whether the person may let another review replace this one: its requester, or a release manager."""
    held = roles_of(person, team=older.team_id)
    if person.is_active and (person.pk == older.requester_id or Role.RELEASE_MANAGER in held):
        return Met()
    return Unmet(say("Only the requester of %(code)s and release managers replace it.", code=older.code))


@transaction.atomic
def replace(*, code: str, older: str, actor: User) -> Review:
    """Withdraw the `older` review for that of `code`; its proposal ends. Done already: changes nothing.

    Raises NotFound, NotAllowed; Conflict where they share no target, or where one is past waiting.
    """
    newer_one, older_one = _lock(code, older, actor)
    if older_one.replaced_by_id == newer_one.pk:
        return older_one
    require(may_replace(older_one, actor))
    _fits(newer_one, older_one)
    reason = say("Replaced by %(code)s.", code=newer_one.code)
    _end_proposal(older_one, reason, actor)
    reviews.move(older_one, Verb.WITHDRAW, actor)
    Review.objects.filter(pk=older_one.pk).update(replaced_by=newer_one)
    log.append(
        kind="review.replaced",
        review=older_one.code,
        artefacts={"by_change_set": newer_one.change_set.digest.removeprefix(PREFIX)},
        actor=str(actor.pk),
    )
    publish(Event.REVIEW_WITHDRAWN, subject=older_one.code, actor=actor, reason=str(reason))
    publish(Event.REVIEW_REPLACED, subject=newer_one.code)
    return reviews.find(older_one.code)


def _lock(code: str, older: str, actor: User) -> tuple[Review, Review]:
    """Both, locked in the order of their numbers, as everybody does who locks two."""
    both = [reviews.find(code, actor), reviews.find(older, actor)]
    ordered = sorted(both, key=lambda review: review.pk)
    locked = {review.code: review for review in [reviews.lock(one.code, actor) for one in ordered]}
    return locked[code], locked[older]


def _fits(newer_one: Review, older_one: Review) -> None:
    if newer_one.pk <= older_one.pk:
        raise Conflict(say("A review is replaced by a newer one."))
    if newer_one.state not in WAITING:
        state = state_sentence(newer_one.state)
        raise Conflict(say("%(code)s is %(state)s; it replaces nothing.", code=newer_one.code, state=state))
    if newer_one.shadow and not older_one.shadow:
        code = newer_one.code
        raise Conflict(say("%(code)s is in shadow; it takes the place of no real review.", code=code))
    reviews.require(older_one, Verb.WITHDRAW)
    same_place = newer_one.environment == older_one.environment
    if not same_place or not shared(newer_one.body, older_one.body):
        pair = {"code": newer_one.code, "older": older_one.code}
        raise Conflict(say("%(code)s and %(older)s change no target in common.", **pair))


def _end_proposal(older_one: Review, reason: Sentence, actor: User) -> None:
    proposal = endings.live(older_one)
    if proposal is None:
        return
    overdue = not proposal.request.standing(clock.now()).may_sign
    state = RequestState.EXPIRED if overdue else RequestState.CANCELLED
    endings.finish(older_one, proposal, state, reason, actor, move=False)
