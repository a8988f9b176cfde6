"""Which reviews a person sees: by a role held everywhere, by their team, or as who requested them.

What is out of sight answers like what isn't there: the same sentence, so that nobody learns which ids exist.
"""

from django.db.models import Exists, Q

from orr.accounts import membership
from orr.accounts.membership import Sight
from orr.accounts.models import User
from orr.lib.errors import Hidden, NotAllowed, NotFound
from orr.lib.sentence import Sentence, say
from orr.reviews.models import Review, number_of

INACTIVE = say("This account is no longer active.")


def nothing(code: str) -> Sentence:
    """What is said of a code that names no review, or none in sight."""
    return say("There is no review “%(code)s”.", code=str(code)[:40])


def seen_by(person: User) -> Q:
    """The reviews in the person's sight, as a condition inside one query."""
    if not person.is_active:
        return Q(pk__in=())
    teams = membership.rights_of(person).values("content_object")
    everywhere = Exists(membership.roles_everywhere(person))
    return Q(everywhere) | Q(team__in=teams) | Q(requester=person.pk)


def within(found: Sight) -> Q:
    """The same for a sight that is known already: plain columns, so that an index can answer."""
    return Q() if found.everywhere else Q(team__in=found.teams) | Q(requester=found.person)


def parts(found: Sight) -> list[Q]:
    """The same in parts that may overlap, each of which walks one index."""
    if found.everywhere:
        return [Q()]
    return [Q(requester=found.person), *(Q(team=team) for team in sorted(found.teams, key=str))]


def require(review: Review, person: User) -> None:
    """Raise Hidden unless the person sees the review, NotAllowed if inactive; the system sees all."""
    if person.is_system:
        return
    if not person.is_active:
        raise NotAllowed(INACTIVE)
    seen = membership.sight(person)
    if not seen.of(team=review.team_id, requester=review.requester_id):
        raise Hidden(nothing(review.code))


def look(code: str, person: User) -> None:
    """Raise NotFound unless the code names a review in the person's sight; one query where it does."""
    number = number_of(code) or 0
    if not Review.objects.filter(seen_by(person), pk=number).exists():
        there = Review.objects.filter(pk=number).exists()
        raise Hidden(nothing(code)) if there else NotFound(nothing(code))
