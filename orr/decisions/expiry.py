"""When time ran out: at the deadline itself, and never stored."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from orr.decisions.models import Decision, Proposal
from orr.reviews.states import State


def expired(now: datetime) -> Q:
    """The reviews that are expired at `now`: not signed by `approve_by`, or not started by `valid_until`."""
    overdue = Proposal.objects.filter(review=OuterRef("pk"), state="open", approve_by__lte=now)
    over = Decision.objects.filter(review=OuterRef("pk"), valid_until__lte=now)
    return Q(Exists(overdue), state=State.PROPOSED) | Q(Exists(over), state=State.EFFECTIVE)
