"""How far a rollout is, as every face shows it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from orr.guards import actions as guards
from orr.lib import clock
from orr.reviews.models import Review
from orr.rollouts.models import Rollout, StageEvent

TITLES = {
    "started": _("Rollout started"),
    "stage": _("Stage"),
    "finished": _("Rollout finished"),
}


def progress(review: Review) -> dict[str, Any] | None:
    """The rollout, sentences in the active language, times RFC 3339; None before it started."""
    rollout = Rollout.objects.select_related("started_by", "closed_by").filter(review=review).first()
    if rollout is None:
        return None
    now = clock.now()
    events = list(rollout.events.select_related("by"))
    until = rollout.observation_until
    return {
        "started_at": _moment(rollout.started_at),
        "by": rollout.started_by.name,
        "by_id": str(rollout.started_by_id),
        "valid_until": _moment(rollout.valid_until),
        "percent": rollout.percent,
        "stage": rollout.stage,
        "stages": list(_stages(review, rollout, events)),
        "finished_at": _moment(rollout.finished_at),
        "observation_until": _moment(until),
        "observation_over": until is not None and now >= until,
        "closed_at": _moment(rollout.closed_at),
        "closed_by": rollout.closed_by.name if rollout.closed_by else None,
        "verdict": events[-1].verdict if events else "hold",
        "analysed": False,
        "reason": str(events[-1].reason) if events else "",
        "guards_lost": [str(sentence) for sentence in guards.unproven(guards.of(review.code), now)],
        "events": [_event(event) for event in events],
    }


def _stages(review: Review, rollout: Rollout, events: Sequence[StageEvent]) -> Iterator[dict[str, Any]]:
    """The profile's stages, each with when it was reached and left."""
    reached = [event for event in events if event.percent]
    for stage in review.rules.canary.stages:
        at = next((event.at for event in reached if event.percent >= stage.percent), None)
        left = next((event.at for event in reached if event.percent > stage.percent), rollout.closed_at)
        state = "waiting" if at is None else "running" if left is None else "done"
        yield {
            "percent": stage.percent,
            "seconds": stage.seconds,
            "state": state,
            "started_at": _moment(at),
            "ended_at": _moment(left if at else None),
        }


def _event(event: StageEvent) -> dict[str, Any]:
    return {
        "number": event.number,
        "event": event.event,
        "title": str(TITLES[event.event]),
        "percent": event.percent,
        "at": _moment(event.at),
        "by": event.by.name,
        "by_id": str(event.by_id),
        "verdict": event.verdict,
        "reason": str(event.reason),
    }


def _moment(at: datetime | None) -> str | None:
    """RFC 3339 in UTC to the millisecond, or None."""
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
