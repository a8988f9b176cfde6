"""The deployments that wait for a review, and what their platforms were answered, as every face tells it."""

from typing import Any

from orr.hooks.models import Ask
from orr.reviews.models import Review


def answers_of(review: Review) -> list[dict[str, Any]]:
    """Each waiting deployment of the review, oldest first.

    `state`: open while nothing is decided; waiting, sent or failed from then on.
    """
    asked = Ask.objects.filter(review=review).select_related("answer").order_by("pk")
    return [_told(ask) for ask in asked]


def _told(ask: Ask) -> dict[str, Any]:
    answer = getattr(ask, "answer", None)
    return {
        "source": ask.source,
        "repository": ask.repository,
        "environment": ask.environment,
        "number": ask.number,
        "commit": ask.commit,
        "asked_at": ask.asked_at,
        "state": answer.state if answer else "open",
        "approved": answer.approved if answer else None,
        "why": str(answer.why) if answer else None,
        "reason": str(answer.reason) if answer and answer.reason else None,
        "attempts": answer.attempts if answer else 0,
        "decided_at": answer.decided_at if answer else None,
        "ended_at": answer.ended_at if answer else None,
    }
