"""What the event hub is told of an approval: that it is asked for, and the one way in which it ended.

Of each proposal one `requested` and one answer: `granted`, `rejected` (however else it ended: by an
approver, by whoever stopped it, because it is void) or `expired`. A No-Go is told of the review itself.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Concat

from approvals.models import State
from orr.decisions import endings
from orr.decisions.models import Decision, Proposal
from orr.decisions.snapshot import rfc3339
from orr.events import outbox
from orr.events.models import Outgoing
from orr.events.vocabulary import HubEvent
from orr.lib import clock
from orr.reviews import actions as reviews
from orr.reviews.models import Review

AT_ONCE = 100
_ASKED, _ANSWERED, _REFUSED = "requested:", "answered:", "no_go:"


def on_proposal(*, subject: str, proposal: int, **_: Any) -> None:
    """A proposal was made: its approval is asked for."""
    made = _proposal(proposal)
    data = {
        **_about(made),
        "slots": made.request.slots,
        "timelock_seconds": made.request.delay // timedelta(seconds=1),
        "break_glass": made.break_glass is not None,
        "approve_by": rfc3339(made.approve_by),
        "valid_until": rfc3339(made.valid_until),
        "url": _page(subject, "/approve"),
    }
    outbox.put(HubEvent.APPROVAL_REQUESTED, subject=subject, key=_ASKED + made.digest, data=data)


def on_effect(*, subject: str, decision: int, proposal: int, **_: Any) -> None:
    """A proposal took effect: its approval is granted."""
    made, found = _proposal(proposal), Decision.objects.get(pk=decision)
    data = {
        **_about(made),
        "decision_digest": found.digest,
        "effective_at": rfc3339(found.effective_at),
        "valid_until": rfc3339(found.valid_until),
        "url": _page(subject, "/decision"),
    }
    outbox.put(HubEvent.APPROVAL_GRANTED, subject=subject, key=_ANSWERED + made.digest, data=data)


def on_ended(*, subject: str, proposal: int, state: str, **_: Any) -> None:
    """A proposal ended without effect: its approval expired, or is rejected."""
    made = _proposal(proposal)
    if state == State.EXPIRED:
        _expired(made)
        return
    data = {**_about(made), "ended_as": state, "ended_at": rfc3339(made.ended_at), "url": _page(subject)}
    outbox.put(HubEvent.APPROVAL_REJECTED, subject=subject, key=_ANSWERED + made.digest, data=data)


def on_no_go(*, subject: str, decision: int, **_: Any) -> None:
    """No-Go was recorded: the review is refused, whatever was proposed."""
    found = Decision.objects.select_related("review__change_set").get(pk=decision)
    data = {
        "review": subject,
        "proposal": None,
        "change_set_digest": found.review.change_set.digest,
        "environment": found.review.environment,
        "decision": found.decision,
        "ended_as": "no_go",
        "ended_at": rfc3339(found.effective_at),
        "url": _page(subject),
    }
    outbox.put(HubEvent.APPROVAL_REJECTED, subject=subject, key=_REFUSED + found.digest, data=data)


def sweep() -> int:
    """Tell of every proposal whose time to sign is over and that nobody ended yet; how many."""
    now, told = clock.now(), 0
    for code in _overdue(now):
        told += _tell_expired(code)
    return told


def _overdue(now: datetime) -> list[str]:
    answered = Outgoing.objects.filter(key=Concat(Value(_ANSWERED), OuterRef("digest")))
    over = Proposal.objects.filter(~Exists(answered), state=State.OPEN, approve_by__lte=now)
    return [one.review.code for one in over.select_related("review").order_by("approve_by")[:AT_ONCE]]


@transaction.atomic
def _tell_expired(code: str) -> bool:
    review: Review = reviews.lock(code)
    proposal = endings.live(review)
    if proposal is None or proposal.approve_by > clock.now():
        return False
    _expired(proposal)
    return True


def _expired(proposal: Proposal) -> None:
    code = proposal.review.code
    data = {**_about(proposal), "approve_by": rfc3339(proposal.approve_by), "url": _page(code)}
    outbox.put(HubEvent.APPROVAL_EXPIRED, subject=code, key=_ANSWERED + proposal.digest, data=data)


def _proposal(number: int) -> Proposal:
    found = Proposal.objects.select_related("review__change_set", "request")
    return found.get(pk=number)


def _about(proposal: Proposal) -> dict[str, Any]:
    review = proposal.review
    return {
        "review": review.code,
        "proposal": proposal.digest,
        "change_set_digest": review.change_set.digest,
        "environment": review.environment,
        "decision": proposal.decision,
    }


def _page(code: str, page: str = "") -> str:
    return f"{settings.PUBLIC_URL}/orr/{code}{page}"
