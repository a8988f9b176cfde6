"""What has to happen next in a review, and who does it: one sentence for everybody (pure)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

Facts = Mapping[str, Any]
Step = tuple[str, list[str]]


def next_step(facts: Facts) -> dict[str, Any]:
    """`{"sentence", "who"}` for the facts of a review; `who` holds names, empty where nobody has to act."""
    sentence, who = _BY_STATE.get(facts["state"], _nothing)(facts)
    return {"sentence": sentence, "who": who}


def _checking(facts: Facts) -> Step:
    proposers = [facts["requester"]["name"]]
    red, waiting = _codes(facts, {"red"}), _codes(facts, {"pending", "stale", "error"})
    progress = facts["progress"]
    if red:
        return _("Record No-Go: %(items)s red.") % {"items": red}, proposers
    if progress["running"]:
        return _("Evidence is being collected: %(done)s of %(total)s.") % progress, []
    if waiting:
        return _("Not decidable yet: %(items)s not passing, not red.") % {"items": waiting}, []
    if facts.get("owed_by"):
        return _analysis(facts), proposers
    return _("Propose a decision."), proposers


def _analysis(facts: Facts) -> str:
    """What a review waits for before it can be decided."""
    named = ", ".join(facts["owed_by"])
    return _("Waits for the root-cause analysis of %(codes)s.") % {"codes": named}


def _proposed(facts: Facts) -> Step:
    approval = facts["approval"]
    waiting = _codes(facts, {"pending", "stale", "error"}, approval.get("break_glass") or ())
    if waiting:
        return _("Not decidable yet: %(items)s not passing, not red.") % {"items": waiting}, []
    if facts.get("owed_by"):
        return _analysis(facts), [facts["requester"]["name"]]
    open_seats = [seat for seat in approval["slots"] if not seat["person"]]
    if not open_seats and approval.get("break_glass") is not None:
        return _("Every seat is signed; it takes effect at once."), []
    if not open_seats:
        return _("The timelock runs; then the decision takes effect by itself."), []
    who = sorted({name for seat in open_seats for name in seat["available"]})
    roles = _(" and ").join(seat["title"] for seat in open_seats)
    if all(seat["available"] for seat in open_seats):
        return _("Waits for the signature of %(roles)s.") % {"roles": roles}, who
    return _("Waits for the signature of %(roles)s; nobody can fill every seat now.") % {"roles": roles}, who


def _void(facts: Facts) -> Step:
    sentence, who = _checking(facts)
    ended = facts["proposals"][0]["ended_reason"] if facts["proposals"] else ""
    return (f"{ended} {sentence}".strip(), who)


def _expired(facts: Facts) -> Step:
    if facts["decision"]:
        return _("The decision has expired; open a new review."), [facts["requester"]["name"]]
    return _("The proposal has expired; propose again."), [facts["requester"]["name"]]


def _effective(facts: Facts) -> Step:
    missing = [guard["target"] for guard in facts["guards"] if not guard["confirmed_at"]]
    if missing:
        return _("Waits for guards to be read back: %(guards)s.") % {"guards": ", ".join(missing)}, []
    return _("The rollout may start."), [facts["requester"]["name"]]


def _rolling_out(facts: Facts) -> Step:
    percent = (facts["rollout"] or {}).get("percent") or 0
    return _("Rolling out: %(percent)s %% of traffic.") % {"percent": percent}, []


def _observing(facts: Facts) -> Step:
    over = (facts["rollout"] or {}).get("observation_over")
    if over:
        return _("The observation is over; close the review."), [facts["requester"]["name"]]
    return _("Everything runs on the new version and is being observed."), []


def _exiting(facts: Facts) -> Step:
    state = (facts["exit"] or {}).get("state")
    if state in ("partial", "failed", "not_recovered"):
        return _("The Exit is not complete; call the incident lead."), _escalation(facts)
    return _("The change is being taken back."), []


def _owed(facts: Facts) -> Step:
    """What is left after a No-Go or an Exit: the analysis, then the second person who closes it."""
    owed = facts.get("rca") or {"state": "closed"}
    if owed["state"] == "open" and owed["overdue"]:
        return _("The root-cause analysis is overdue; record it now."), [facts["requester"]["name"]]
    if owed["state"] == "open":
        return _("Record the root cause and the plan within 48 hours."), [facts["requester"]["name"]]
    if owed["state"] == "recorded":
        return _("A second person reads the root-cause analysis and closes it."), []
    return _nothing(facts)


def _nothing(facts: Facts) -> Step:
    del facts
    return _("Nothing is left to do."), []


_BY_STATE: dict[str, Callable[[Facts], Step]] = {
    "checking": _checking,
    "proposed": _proposed,
    "void": _void,
    "expired": _expired,
    "effective": _effective,
    "rolling_out": _rolling_out,
    "observing": _observing,
    "exiting": _exiting,
    "no_go": _owed,
    "exited": _owed,
}


def _codes(facts: Facts, verdicts: set[str], besides: Collection[str] = ()) -> str:
    items: Sequence[Facts] = [item for gate in facts["gates"] for item in gate["items"]]
    found = [item["code"] for item in items if item["verdict"] in verdicts]
    return ", ".join(code for code in found if code not in besides)


def _escalation(facts: Facts) -> list[str]:
    contacts = facts["change_set"].get("contacts") or {}
    return [name for name in [contacts.get("oncall"), *contacts.get("escalation", [])] if name]
