"""How far a rollout is, as every face shows it."""

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
    """The rollout of the review, sentences in the active language; None before it started."""
    rollout = Rollout.objects.select_related("started_by", "closed_by").filter(review=review).first()
    if rollout is None:
        return None
    now = clock.now()
    events = list(rollout.events.select_related("by"))
    until = rollout.observation_until
    return {
        "started_at": rollout.started_at,
        "started_by": _person(rollout.started_by),
        "valid_until": rollout.valid_until,
        "percent": rollout.percent,
        "stage": rollout.stage,
        "stages": [{"percent": s.percent, "seconds": s.seconds} for s in review.rules.canary.stages],
        "finished_at": rollout.finished_at,
        "observation_until": until,
        "observation_over": until is not None and now >= until,
        "closed_at": rollout.closed_at,
        "closed_by": _person(rollout.closed_by),
        "verdict": events[-1].verdict if events else "hold",
        "analysed": False,
        "reason": str(events[-1].reason) if events else "",
        "guards_lost": [str(sentence) for sentence in guards.unproven(guards.of(review.code), now)],
        "events": [_event(event) for event in events],
    }


def _event(event: StageEvent) -> dict[str, Any]:
    return {
        "number": event.number,
        "event": event.event,
        "title": str(TITLES[event.event]),
        "percent": event.percent,
        "at": event.at,
        "by": _person(event.by),
        "verdict": event.verdict,
        "reason": str(event.reason),
    }


def _person(user: Any) -> dict[str, str] | None:
    return None if user is None else {"id": str(user.pk), "name": user.name}
