"""What the Exit page shows (pure): the sentence on top, and every phase as a bar on the five-minute axis."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from orr.board import marks, words
from orr.board.moments import parse

Facts = Mapping[str, Any]
ICONS = {"pass": "pass", "fail": "fail", "warn": "warn", "run": "run", "wait": "wait", "na": "na"}
CLEAN_UP = 7


def reasons(withdraw: bool) -> list[str]:
    """The reasons one tap can give; any of them can be completed later."""
    if withdraw:
        return [_("Fix and propose again"), _("Not the time"), _("Evidence in doubt"), _("Another reason")]
    return [
        _("Errors, synthetics"),
        _("Slow"),
        _("Data"),
        pgettext("reason", "Security"),
        _("Another reason"),
    ]


def shown(f: Facts) -> dict[str, Any]:
    """`alarm`, `phases` and `icons` for the page."""
    exit_ = f["exit"]
    return {"alarm": _alarm(exit_), "phases": _phases(exit_, f["now"]), "icons": ICONS}


def _alarm(exit_: Facts) -> dict[str, str]:
    counted = {"n": exit_["counts"]["proven"], "m": exit_["counts"]["keys"]}
    state = str(exit_["state"])
    status, icon, _word = words.EXITS.get(state, words.EXITS["running"])
    titles = {
        "running": _("Taking back — %(n)s of %(m)s keys proven") % counted,
        "done": _("Everything is taken back"),
        "not_recovered": _("Reverted, but not recovered"),
        "partial": _("Taken back in part — %(n)s of %(m)s keys") % counted,
        "failed": _("Not taken back — %(n)s of %(m)s keys proven") % counted,
    }
    says = {
        "running": _(
            "Nothing to do but wait: every key is proven by reading it back, then the recovery is measured."
        ),
        "done": _("Every key was read back, and the core metrics are green again."),
        "not_recovered": _(
            "Every key was read back, but the core metrics are not green. Call the incident lead."
        ),
        "partial": _("Some keys could not be proven; a person has to decide about them."),
        "failed": _("No key could be proven. Call the incident lead now."),
    }
    return {"s": status, "icon": icon, "title": titles.get(state, state), "say": says.get(state, "")}


def _phases(exit_: Facts, now: Any) -> list[dict[str, Any]]:
    rows = []
    for phase in exit_["phases"]:
        if phase["number"] == CLEAN_UP:
            rows.append(_recovery(exit_, now))
        rows.append(_phase(phase, exit_, now))
    return rows


def _phase(phase: Facts, exit_: Facts, now: Any) -> dict[str, Any]:
    waits = ", ".join(phase["waits_for"])
    about = ", ".join(phase["keys"]) or (
        _("as it was when Exit was pressed") if phase["number"] == 0 else _("nothing to take back")
    )
    if waits and not phase["started_at"]:
        about += " · " + _("waits for %(keys)s") % {"keys": waits}
    return _row(f"{phase['number']} {phase['title']}", about, phase, exit_, now)


def _recovery(exit_: Facts, now: Any) -> dict[str, Any]:
    found = exit_["recovery"]
    about = found["reason"] or _("gate 1, over samples since the last proven key · at least %(n)s s") % {
        "n": found["needs_seconds"]
    }
    start, end = parse(found["since"]), parse(found["ended_at"])
    seconds = (end - start).total_seconds() if start and end else None
    row = {**found, "started_at": found["since"], "seconds": seconds}
    return _row(_("Recovery"), about, row, exit_, now)


def _row(title: str, about: str, row: Facts, exit_: Facts, now: Any) -> dict[str, Any]:
    running = exit_["state"] == "running"
    drawn = row["state"] not in {"none", "later", "not_measured"}
    bar = marks.lane(row["started_at"], row["ended_at"], exit_["started_at"], now, running) if drawn else None
    status = row["status"] if row["status"] in ICONS else "wait"
    return {
        "title": title,
        "about": about,
        "lane": bar,
        "seconds": row["seconds"],
        "word": row["state_title"] if row["state"] != "none" else _("none"),
        "s": "wait" if status == "na" else status,
        "icon": ICONS[status],
    }


def boundary(f: Facts) -> datetime | None:
    """While it runs the lanes grow, so the page changes every second."""
    now = parse(f["now"])
    return now + timedelta(seconds=1) if now and f["exit"]["state"] == "running" else None
