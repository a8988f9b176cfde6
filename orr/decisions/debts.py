"""The debt of a break-glass decision: opened by its effect, and the second look that answers for it."""

from collections.abc import Callable
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from approvals.models import Approval
from evidence.vouching import vouched
from orr.accounts.models import AuthorMapping, User
from orr.accounts.roles import ACTING_ROLES, roles_of
from orr.decisions.bars import bars_of
from orr.decisions.models import Debt, Decision, SecondLook
from orr.decisions.words import required
from orr.events.bus import publish
from orr.events.vocabulary import Event
from orr.lib import clock
from orr.lib.canonical import PREFIX
from orr.lib.errors import Conflict, NotFound
from orr.lib.met import Met, Requirement, Unmet, require
from orr.lib.sentence import say
from orr.reviews import acts
from orr.reviews.models import Editor, Review
from orr.tlog import log

Counting = Callable[[UUID | None], frozenset[str]]


def opened(review: Review, decision: Decision) -> Debt:
    """Log and tell the debt that the database opened with the effect, in the effect's own transaction."""
    debt = Debt.objects.get(decision=decision)
    log.append(
        kind="break_glass.used", review=review.code, artefacts=_artefacts(decision), actor=str(decision.by_id)
    )
    publish(Event.BREAK_GLASS_USED, subject=review.code, decision=decision.pk, debt=debt.pk)
    return debt


def debt_of(code: str) -> Debt:
    """The debt of a review. Raises NotFound where it was not decided by break-glass."""
    review = acts.find(code)
    found = Debt.objects.select_related("decision__proposal", "second_look__by").filter(
        decision__review=review
    )
    debt = found.first()
    if debt is None:
        raise NotFound(say("%(code)s was not decided by break-glass.", code=review.code))
    return debt


def may_look(review: Review, debt: Debt, person: User) -> Requirement:
    """Whether the person may take the second look: an approver or release manager who had no part in it."""
    if SecondLook.objects.filter(debt=debt).exists():
        return Unmet(say("The second look has been taken."))
    if roles_of(person, clock.now(), team=review.team_id).isdisjoint(ACTING_ROLES):
        return Unmet(say("The second look takes an approver or a release manager."))
    proposal = debt.decision.proposal
    if proposal is None:
        return Unmet(say("%(code)s was not decided by break-glass.", code=review.code))
    bars = bars_of(review, proposal)
    part = {review.requester_id, proposal.proposed_by_id, *bars.editors, *bars.authors}
    part |= {*bars.attested, *bars.sent}
    for hands in proposal.request.approvals.values_list("person_id", "on_behalf_of_id"):
        part |= set(hands) - {None}
    if person.pk in part:
        return Unmet(say("%(name)s had a part in this; another person looks again.", name=str(person)))
    return Met()


def open_to(rows: QuerySet[Debt], person: User, counting: Counting) -> list[Debt]:
    """Those of the debts whose second look the person may take, as `may_look` says; five queries in all.

    `counting`: the roles that count in the person now in a team.
    """
    found = rows.select_related("decision__review__change_set", "decision__proposal__request")
    able = [one for one in found if ACTING_ROLES & counting(one.decision.review.team_id)]
    reviews = [one.decision.review for one in able]
    if not able:
        return []
    edited = set(Editor.objects.filter(review__in=reviews, person=person).values_list("review", flat=True))
    words = vouched([one.code for one in reviews], person.pk)
    stated = {code for code, word in words.items() if word.stated or word.sent}
    wrote = set(AuthorMapping.objects.filter(user=person).values_list("author_id", flat=True))
    hands = Approval.objects.filter(Q(person=person) | Q(on_behalf_of=person))
    signed = set(hands.values_list("request", flat=True))

    def apart(debt: Debt) -> bool:
        review, proposal = debt.decision.review, debt.decision.proposal
        return (
            proposal is not None
            and person.pk not in (review.requester_id, proposal.proposed_by_id)
            and review.pk not in edited
            and review.code not in stated
            and wrote.isdisjoint(author["id"] for author in review.body.get("authors") or [])
            and proposal.request_id not in signed
        )

    return [one for one in able if apart(one)]


@transaction.atomic
def record_second_look(*, code: str, finding: str, upheld: bool, actor: User) -> SecondLook:
    """Record what the second look found; once. Raises Invalid, NotAllowed, NotFound, Conflict."""
    stated = required(finding, "/finding")
    review = acts.lock(code, actor)
    debt = debt_of(code)
    if SecondLook.objects.filter(debt=debt).exists():
        raise Conflict(say("The second look has been taken."))
    require(may_look(review, debt, actor))
    look = SecondLook.objects.create(debt=debt, by=actor, upheld=upheld, finding=stated)
    look.refresh_from_db()
    acts.touch(code)
    log.append(
        kind="break_glass.second_look",
        review=review.code,
        artefacts=_artefacts(debt.decision),
        actor=str(actor.pk),
    )
    publish(Event.SECOND_LOOK_RECORDED, subject=code, debt=debt.pk)
    return look


def _artefacts(decision: Decision) -> dict[str, str]:
    return {"decision": decision.digest.removeprefix(PREFIX)}
