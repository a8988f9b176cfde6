"""The course of a review as points on a line: from opening to closing, in the order they happened (pure)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from orr.reports.moments import Clock, Moment, parse

MOST = 9
WIDTH = 690
START, STEP = 6, 76


@dataclass(frozen=True, slots=True)
class Point:
    """A point: where it stands (SVG units), its time and word, whether it decides, what line leads to it."""

    x: int
    at: str
    word: str
    solid: bool
    line: str


def points(facts: Mapping[str, Any], clock: Clock) -> list[Point]:
    """At most nine points; where more happened, signatures and stages are left out."""
    happened = sorted(
        ((parse(at), word, solid, line) for at, word, solid, line in _happened(facts) if at), key=_moment
    )
    while len(happened) > MOST:
        passing_by = [number for number, point in enumerate(happened) if number and not point[2]]
        del happened[passing_by[len(passing_by) // 2]]
    return [
        Point(START + STEP * number, clock.at(at), word, solid, line)
        for number, (at, word, solid, line) in enumerate(happened)
    ]


def _moment(point: tuple[datetime | None, str, bool, str]) -> float:
    return point[0].timestamp() if point[0] else 0.0


def _happened(facts: Mapping[str, Any]) -> Iterator[tuple[Moment, str, bool, str]]:
    """Moment, word, solid, and the line before the point: plain, waiting (timelock) or live (rollout)."""
    yield facts["opened_at"], _("Opened"), False, "plain"
    approval, decision, exit_ = facts["approval"], facts["decision"], facts["exit"]
    if approval:
        yield approval["proposed_at"], _("Proposed"), False, "plain"
        for number, slot in enumerate(s for s in approval["slots"] if s["signed_at"]):
            yield slot["signed_at"], _("Signature %(n)s") % {"n": number + 1}, False, "plain"
    if decision:
        waited = "waiting" if approval else "plain"
        word = decision["title"] if decision["decision"] == "no_go" else _("Effective")
        yield decision["effective_at"], word, True, waited
    yield from _rollout(facts["rollout"])
    if exit_:
        yield exit_.get("started_at"), "Exit", True, "plain"
        yield exit_.get("ended_at"), exit_.get("state_title") or exit_["state"], True, "live"


def _rollout(rollout: Mapping[str, Any] | None) -> Iterator[tuple[Moment, str, bool, str]]:
    if not rollout:
        return
    for number, event in enumerate(rollout["events"]):
        if event["event"] != "finished":
            yield event["at"], f"{event['percent']} %", False, "live" if number else "plain"
    yield rollout["finished_at"], _("Finished"), False, "live"
    yield rollout["closed_at"], _("Closed"), True, "live"
