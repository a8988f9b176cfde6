"""What break-glass would have to pass in a review, and which decisions it leaves possible."""

from collections.abc import Mapping
from typing import Any

from orr.decisions import break_glass as glass
from orr.decisions import former, rules
from orr.reports import wording
from orr.reviews.models import Review
from orr.reviews.standing import Standing

Told = Mapping[str, Any]


def glass_of(review: Review, live: Standing) -> dict[str, Any] | None:
    """The open items, and the decisions possible once each is named; None where it is not allowed."""
    allowed = review.rules.policy.break_glass
    if allowed is None:
        return None
    named = [item.code for item in live.items if item.verdict in glass.OPEN]
    options = rules.options(glass.beside(live, named), analysed=former.requirement(review))
    return {
        "second_look_within": allowed.second_look_within,
        "items": named,
        "options": [
            {
                "decision": one.decision.value,
                "title": wording.decision_title(one.decision.value),
                "possible": one.possible,
                "reasons": [str(reason) for reason in one.reasons],
            }
            for one in options
            if one.decision is not rules.Choice.NO_GO
        ],
    }
