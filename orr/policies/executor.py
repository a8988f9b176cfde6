"""The system executor of policies: what is approved and due comes into force, after every check once more."""

import logging
from datetime import datetime

from django.db import transaction

from approvals import actions as approvals
from approvals.models import Request
from approvals.models import State as Ended
from approvals.recheck import Breaks, Overtaken, Verdict, Waits, first, require
from approvals.timelock import Phase
from orr.accounts import people
from orr.accounts.models import User
from orr.lib import clock
from orr.lib.errors import Conflict, OrrError
from orr.lib.sentence import Sentence, say
from orr.policies import recheck
from orr.policies.adoption import finish, supersede
from orr.policies.models import PolicyVersion, State
from orr.policies.proposals import live
from orr.policies.telling import tell

logger = logging.getLogger(__name__)
NOT_YET = {
    Phase.COLLECTING: say("Not every slot is filled yet."),
    Phase.RUNNING: say("The timelock is still running."),
}


@transaction.atomic
def take_effect(name: str) -> PolicyVersion | Sentence:
    """Let the proposed version come into force if it is due and still stands; or why not (yet).

    One whose time is over is expired afterwards, one that no longer stands is void. Doing it again
    changes nothing.
    """
    try:
        row, request = live(name)
    except Conflict as nothing:
        return nothing.sentence
    now, system = clock.now(), people.system()
    phase = request.standing(now).phase
    if phase is Phase.EXPIRED:
        finish(row, Ended.EXPIRED, approvals.TOO_LATE, system)
        return approvals.TOO_LATE
    found = _stands(row, request, now)
    if isinstance(found, Breaks):
        finish(row, Ended.VOID, found.reason, system)
        return found.reason
    if phase is not Phase.READY:
        return NOT_YET[phase]
    if isinstance(found, Waits):
        return found.reason
    try:
        with transaction.atomic():
            return _effect(row, request, system)
    except Overtaken as late:
        return late.sentence


def _stands(row: PolicyVersion, request: Request, at: datetime) -> Verdict:
    """Whether everything that was signed holds at that moment."""
    return first(recheck.terms(row, request), recheck.signers(row, request, at))


def _effect(row: PolicyVersion, request: Request, system: User) -> PolicyVersion:
    """Raises Overtaken where it no longer stands at the moment that the database gave the effect."""
    ended = approvals.end(request_id=request.pk, state=Ended.EFFECTIVE)
    assert ended.ended_at is not None  # noqa: S101  the end set it
    require(_stands(row, request, ended.ended_at))
    supersede(row.name)
    row.request, row.state, row.adopted_at = ended, State.IN_FORCE, ended.ended_at
    row.save(update_fields=["state", "adopted_at"])
    tell("policy.took_effect", row, system)
    return row


def sweep() -> int:
    """Look after everything that is proposed; how many came into force. One that fails keeps no other."""
    done = 0
    for name in PolicyVersion.objects.filter(state=State.PROPOSED).values_list("name", flat=True):
        try:
            done += isinstance(take_effect(name), PolicyVersion)
        except OrrError as refusal:
            logger.warning("policy %s did not come into force: %s", name, refusal)
        except Exception:
            logger.exception("policy %s did not come into force", name)
    return done
