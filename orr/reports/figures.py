"""The five figures under the report's title: gates, risk, turn-around, rollout, Exit (pure)."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from orr.reports import moments

Facts = Mapping[str, Any]


def figures(facts: Facts) -> list[dict[str, str]]:
    """Each with a title, a value and a note."""
    return [_gates(facts), _risk(facts), _turnaround(facts), _rollout(facts), _exit(facts)]


def _figure(title: str, value: str, note: str) -> dict[str, str]:
    return {"title": title, "value": value, "note": note}


def _gates(facts: Facts) -> dict[str, str]:
    counts = facts["counts"]
    passing = sum(gate["verdict"] in ("green", "not_applicable") for gate in facts["gates"])
    notes = [_("%(passing)s of %(items)s items pass") % counts]
    if counts["attested"]:
        notes.append(_("%(attested)s attested") % counts)
    if counts["red"]:
        notes.insert(0, _("%(red)s red") % counts)
    return _figure(_("Gates"), f"{passing} / {len(facts['gates'])}", ", ".join(notes))


def _risk(facts: Facts) -> dict[str, str]:
    risk = facts["risk"]
    if risk["score"] is None:
        return _figure(_("Risk"), _("unknown"), _("nothing was simulated"))
    proven = risk["proven_residual"]
    residual = proven if proven is not None else risk["planned_residual"]
    value = f"{risk['score']:g}" if residual is None else f"{risk['score']:g} → {residual:g}"
    return _figure(_("Risk"), value, _("proven") if proven is not None else _("planned"))


def _turnaround(facts: Facts) -> dict[str, str]:
    tat = facts["tat"]
    seconds = moments.between(tat["since"], tat["until"])
    goal = f"/ {moments.clock(tat['goal'])}"
    if seconds is None:
        return _figure(_("Decision TAT"), "–", _("still running") if tat["since"] else _("not decidable yet"))
    return _figure(_("Decision TAT"), moments.clock(seconds), goal)


def _rollout(facts: Facts) -> dict[str, str]:
    rollout = facts["rollout"]
    if not rollout:
        return _figure(_("Rollout"), "–", _("not started"))
    value = f"{rollout['percent']} %"
    ended = rollout["closed_at"] or rollout["finished_at"]
    took = moments.between(rollout["started_at"], ended)
    if took is None:
        return _figure(_("Rollout"), value, _("running"))
    span = {"span": moments.span(took)}
    if rollout["closed_at"]:
        return _figure(_("Rollout"), value, _("closed %(span)s after its start") % span)
    return _figure(_("Rollout"), value, _("finished %(span)s after its start") % span)


def _exit(facts: Facts) -> dict[str, str]:
    taken = facts["exit"]
    if not taken:
        return _figure("Exit", _("not used"), _("%(n)s keys ready") % {"n": len(facts["plan"]["keys"])})
    took = moments.between(taken.get("started_at"), taken.get("ended_at"))
    note = _("took %(time)s of 5:00") % {"time": moments.clock(took)} if took is not None else ""
    return _figure("Exit", str(taken.get("state_title") or taken["state"]), note)
