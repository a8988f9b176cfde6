"""Whether a proposal still stands: asked under the lock at every signature and before the effect."""

from collections.abc import Collection
from datetime import datetime, timedelta

from approvals import deputies
from approvals.models import Approval
from approvals.recheck import Breaks, Holds, Verdict, Waits
from orr.accounts.models import APPROVER_ROLES
from orr.accounts.roles import role_sentence, roles_of
from orr.decisions import break_glass as glass
from orr.decisions import eligibility, former, freezing, rules, snapshot
from orr.decisions.models import Proposal
from orr.lib.met import Unmet
from orr.lib.sentence import say
from orr.profiles.load import profile_digest
from orr.reviews.models import Review
from orr.reviews.standing import Standing

WITHDRAWN = "withdrawn"


def terms(review: Review, proposal: Proposal) -> Verdict:
    """Whether what was proposed is still what would be done: the same bytes, change set, profile, place."""
    signed = bytes(proposal.payload)
    if not snapshot.proposal_digest(signed) == proposal.digest == proposal.request.subject_digest:
        return Breaks(say("The proposal is not what its digest names."))
    if not _as_signed(signed, proposal):
        return Breaks(say("The proposal is not what its digest names."))
    if snapshot.field(signed, "change_set_digest") != review.change_set.digest:
        return Breaks(say("The change set is another than the proposed one."))
    pinned = snapshot.field(signed, "profile_digest")
    if not pinned == review.profile_digest == profile_digest(review.rules):
        return Breaks(say("The profile is another than the proposed one."))
    if freezing.slots(review.rules.policy.slots, freezing.signed(signed)) != proposal.request.slots:
        return Breaks(say("The approval slots are others than the profile asks for."))
    if snapshot.field(signed, "environment") != review.environment:
        return Breaks(say("The environment is another than the proposed one."))
    return _delay(review, proposal, signed)


def _delay(review: Review, proposal: Proposal, signed: bytes) -> Verdict:
    """Only break-glass that was signed, under a profile that allows it, leaves the timelock out."""
    policy, named = review.rules.policy, glass.stated(signed)
    if named != proposal.break_glass:
        return Breaks(say("The proposal is not what its digest names."))
    if named is not None and policy.break_glass is None:
        return Breaks(glass.NOT_ALLOWED)
    if named is None and proposal.request.delay < timedelta(seconds=policy.timelock):
        return Breaks(say("The timelock is shorter than the profile asks for."))
    return Holds()


def _as_signed(signed: bytes, proposal: Proposal) -> bool:
    """Whether the columns that the effect acts on say what the signed bytes say."""
    acted = {
        "decision": proposal.decision,
        "guards": proposal.guards,
        "approve_by": snapshot.rfc3339(proposal.approve_by),
        "valid_until": snapshot.rfc3339(proposal.valid_until),
    }
    return all(snapshot.field(signed, name) == value for name, value in acted.items())


def verdicts(live: Standing, named: Collection[str] = ()) -> Verdict:
    """Whether the live verdicts still pass: red breaks, pending, stale or error waits.

    An item that break-glass named holds nothing up while it is open; when it turns red it breaks as any does.
    """
    withdrawn = [
        item.code
        for item in live.items
        if item.evidence and item.evidence.outcome == WITHDRAWN and item.code not in named
    ]
    if withdrawn:
        return Breaks(say("The statement on %(items)s was withdrawn.", items=", ".join(withdrawn)))
    judged = glass.beside(live, named)
    details = tuple(rules.explain(item) for item in rules.in_the_way(judged))
    if rules.is_red(live):
        red = rules.codes(live, {rules.RED})
        return Breaks(say("%(items)s turned red after the proposal.", items=red))
    ready = rules.decidable(judged)
    return Waits(ready.reason, details) if isinstance(ready, Unmet) else Holds()


def freezes(live: Standing, proposal: Proposal) -> Verdict:
    """Whether the owner of every freeze that is passed now has a slot: one may have been entered since."""
    have = {one["owner"] for one in freezing.signed(bytes(proposal.payload))}
    lacking = [one for one in freezing.passed(live) if one.owner not in have]
    if not lacking:
        return Holds()
    return Breaks(
        say("The freeze “%(title)s” came after the proposal; its owner, %(role)s, signs too.",
            title=lacking[0].title, role=role_sentence(lacking[0].owner))
    )  # fmt: skip


def analyses(review: Review) -> Verdict:
    """Whether what is owed before this review is recorded: a No-Go of the same items may have come since."""
    owed = former.requirement(review)
    return Waits(owed.reason) if isinstance(owed, Unmet) else Holds()


def signers(review: Review, proposal: Proposal, now: datetime) -> Verdict:
    """Whether everyone who signed may still sign in the slot they hold; asked before the effect."""
    bars = eligibility.bars_of(review, proposal)
    known = eligibility.author_known(bars)
    if isinstance(known, Unmet):
        return Waits(known.reason)
    slots = proposal.request.slots
    for approval in proposal.request.live_approvals():
        roles = _roles(review, approval, now)
        may, _ = eligibility.slots_for(review, slots, bars, approval.person, roles)
        if approval.slot not in may:
            return Breaks(say("The signature of %(name)s counts no longer.", name=str(approval.person)))
    return Holds()


def _roles(review: Review, approval: Approval, now: datetime) -> Collection[str]:
    """In which roles the signature counts at `now`: the signer's own, or the principal's one."""
    used, team = approval.delegation, review.team_id
    if used is None:
        return roles_of(approval.person, now, team=team)
    own = roles_of(approval.person, now, team=team)
    deputes = not own.isdisjoint(APPROVER_ROLES) and deputies.still_counts(
        used, approval.signed_at, now, team=team
    )
    return {used.role} if deputes else set()
