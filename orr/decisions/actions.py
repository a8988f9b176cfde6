"""What people do about a decision, in one place: propose, sign, reject, withdraw, cancel, refuse."""

from collections.abc import Mapping, Sequence
from typing import Any

from orr.accounts.models import User
from orr.decisions import endings, former, rules
from orr.decisions.endings import cancel, reject
from orr.decisions.models import Decision, Proposal
from orr.decisions.proposals import OPEN_ALREADY, propose
from orr.decisions.refusals import record_no_go
from orr.decisions.rules import Choice
from orr.decisions.signatures import require_shown, sign, withdraw_signature
from orr.lib.errors import FieldError, Invalid
from orr.lib.met import Unmet
from orr.lib.sentence import say
from orr.reviews import actions as reviews
from orr.reviews.acts import state_sentence
from orr.reviews.models import Review
from orr.reviews.standing import Standing
from orr.reviews.states import State, Verb, after

__all__ = [
    "cancel",
    "decide",
    "options",
    "propose",
    "record_no_go",
    "reject",
    "require_shown",
    "sign",
    "withdraw_signature",
]


def decide(
    *,
    code: str,
    decision: str,
    guards: Sequence[Mapping[str, Any]],
    reason: str,
    actor: User,
    expected_digest: str | None = None,
) -> Decision | Proposal:
    """No-Go is recorded and in effect (a Decision); Go and Go with Guards are proposed (a Proposal)."""
    if decision != Choice.NO_GO:
        return propose(
            code=code, decision=decision, guards=guards, reason=reason, actor=actor,
            expected_digest=expected_digest,
        )  # fmt: skip
    if guards:
        reviews.find(code, actor)
        raise Invalid([FieldError("/guards", say("No-Go takes no guards."))])
    return record_no_go(code=code, reason=reason, actor=actor, expected_digest=expected_digest)


def options(review: Review, live: Standing) -> list[rules.Option]:
    """The three decisions for the review as it stands, those that its state rules out included."""
    state = State(review.state)
    found = rules.options(live, analysed=former.requirement(review))
    open_one = endings.live(review) if state is State.PROPOSED else None
    if open_one is not None and open_one.request.standing(live.at).may_sign:
        there = Unmet(OPEN_ALREADY)
        found = [o if o.decision is Choice.NO_GO else rules.Option(o.decision, there) for o in found]
    for verb, choices in ((Verb.PROPOSE, (Choice.GO, Choice.GO_WITH_GUARDS)), (Verb.REFUSE, (Choice.NO_GO,))):
        if after(state, verb) is None:
            past = Unmet(say("%(code)s is %(state)s.", code=review.code, state=state_sentence(state)))
            found = [rules.Option(o.decision, past) if o.decision in choices else o for o in found]
    return found
