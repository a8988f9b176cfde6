"""Whether a proposed policy still stands: asked under the lock at every signature and before the effect."""

from datetime import datetime, timedelta

from approvals.models import Request
from approvals.recheck import Breaks, Holds, Verdict, Waits
from orr.lib.sentence import say
from orr.policies import eligibility, record
from orr.policies.models import PolicyVersion
from orr.policies.standing import Standing, look, profile_of


def digest_of(row: PolicyVersion) -> str:
    """The digest that people sign for this row."""
    return record.proposal_digest(
        name=row.name, from_digest=row.from_digest, to_digest=row.digest, body=bytes(row.body)
    )


def terms(row: PolicyVersion, request: Request) -> Verdict:
    """Whether what was proposed is still what would come into force, by the rules it was proposed under."""
    if record.digest_of(bytes(row.body)) != row.digest or digest_of(row) != request.subject_digest:
        return Breaks(say("The proposal is not what its digest names."))
    found = look(row.name)
    if (found.row.digest if found.row else "") != row.from_digest:
        return Breaks(say("The version in force is another than the one this proposal replaces."))
    if found.governing is None or found.governing.digest != row.governed_by:
        return Breaks(say("The policy that this proposal follows is another by now."))
    policy = profile_of(found.governing).policy
    if list(policy.slots) != request.slots or timedelta(seconds=policy.timelock) != request.delay:
        return Breaks(say("The approval slots or the timelock are others than the policy in force asks for."))
    return _file(found, row)


def _file(found: Standing, row: PolicyVersion) -> Verdict:
    if found.file is None:
        missing = found.error or say("There is no file of %(name)s.", name=row.name)
        return Waits(say("The file does not say what was proposed: %(why)s", why=missing))
    if record.digest_of(record.body_of(found.file)) != row.digest:
        return Breaks(say("The file says something else than what was proposed."))
    return Holds()


def signers(row: PolicyVersion, request: Request, now: datetime) -> Verdict:
    """Whether everyone who signed may still sign in the slot they hold; asked before the effect."""
    for approval in request.live_approvals():
        if not eligibility.still_counts(row, approval, now):
            return Breaks(say("The signature of %(name)s counts no longer.", name=str(approval.person)))
    return Holds()
