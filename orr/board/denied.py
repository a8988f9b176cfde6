"""What was refused, as the page of refusals lists it: the newest first, in pages by key."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan

from orr.accounts import membership
from orr.accounts.models import Denial, Role, User

PAGE = 50
STATUSES = (401, 403, 404, 409, 429)
# Held everywhere, each of these roles sees what was refused to everybody; others see their own.
LOOKING = (Role.AUDITOR, Role.ADMIN, Role.RELEASE_MANAGER)
Key = tuple[datetime, int]


@dataclass(frozen=True)
class Asked:
    """What the address asks for: a person's user name, a review's code, a status; the key to go on after."""

    person: str = ""
    review: str = ""
    status: int = 0
    after: Key | None = None


def sees_all(viewer: User) -> bool:
    """Whether this person sees the refusals to others too."""
    return membership.roles_everywhere(viewer).filter(role__in=LOOKING).exists()


def listed(asked: Asked, viewer: User, everybody: bool) -> tuple[list[Denial], Key | None]:
    """The page that was asked for, and the key after which the next begins; None at the end."""
    rows: QuerySet[Denial] = Denial.objects.select_related("person").order_by("-at", "-id")
    # One's own 404s would tell which codes another team has.
    rows = rows.filter(_wanted(asked), Q() if everybody else Q(person=viewer.pk) & ~Q(status=404))
    if asked.after:
        rows = rows.filter(TupleLessThan(Tuple(F("at"), F("id")), list(asked.after)))
    found = list(rows[: PAGE + 1])
    more = (found[PAGE - 1].at, found[PAGE - 1].pk) if len(found) > PAGE else None
    return found[:PAGE], more


def _wanted(asked: Asked) -> Q:
    wanted = Q(person__username=asked.person) if asked.person else Q()
    if asked.review:
        wanted &= Q(subject=asked.review)
    return wanted & Q(status=asked.status) if asked.status else wanted
