"""What the time of a decision means (pure): how long a rollout may still begin, and what happens then."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from orr.board import moments

Facts = Mapping[str, Any]


def of(f: Facts) -> dict[str, Any]:
    """Status, icon and word; whether it counts down (`ticking`) or is `over`; what happens `then`."""
    until = (f["decision"] or {}).get("valid_until")
    at = moments.when(until, f["now"])
    if f["state"] == "expired" and f["decision"]:
        then = _(
            "No rollout had begun by %(at)s. The change needs a new review; what is fresh serves it again."
        )
        return _told("warn", "clock", _("Expired"), then % {"at": at}, over=True)
    if f["state"] == "effective" and until:
        then = _("If no rollout has begun by %(at)s the decision expires, and the change needs a new review.")
        return _told("run", "clock", _("May still start"), then % {"at": at}, ticking=True)
    if f["state"] == "rolling_out" and until:
        return _rolling(f, until, at)
    return _told("wait", "na", _("No longer counts"), _("The rollout began in time, or nothing can start."))


def _rolling(f: Facts, until: Any, at: str) -> dict[str, Any]:
    if not moments.left(until, f["now"]):
        then = _("The rollout outlived its decision at %(at)s: it holds, and a person is called.")
        return _told("warn", "pause", _("Outlived"), then % {"at": at})
    then = _("The rollout began in time. If it outlives %(at)s it holds and calls a person.")
    return _told("run", "clock", _("Rolling out"), then % {"at": at}, ticking=True)


def _told(s: str, icon: str, word: str, then: str, **more: bool) -> dict[str, Any]:
    return {"s": s, "icon": icon, "word": word, "then": then, "ticking": False, "over": False, **more}
