"""What is done about policies, in one place: ask for the one in force, propose, sign, stop; who is asked."""

from orr.accounts.models import User
from orr.lib import clock
from orr.policies import eligibility
from orr.policies.adoption import expected, in_force, why_not
from orr.policies.executor import take_effect
from orr.policies.models import PolicyVersion, State
from orr.policies.proposals import cancel, propose_weaker, question, reject, sign, withdraw_signature
from orr.policies.standing import look, names

__all__ = [
    "cancel",
    "expected",
    "in_force",
    "look",
    "names",
    "propose_weaker",
    "question",
    "reject",
    "sign",
    "take_effect",
    "waiting_for",
    "why_not",
    "withdraw_signature",
]


def waiting_for(person: User) -> list[PolicyVersion]:
    """The weaker policies that the person could sign now, the soonest deadline first, with their requests."""
    open_ones = PolicyVersion.objects.filter(state=State.PROPOSED).select_related("request", "proposed_by")
    found = list(open_ones.order_by("request__approve_by"))
    now = clock.now() if found else None
    return [
        row
        for row in found
        if row.request is not None and now and eligibility.may_sign(row, row.request, person, now)
    ]
