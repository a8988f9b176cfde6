"""Who signed, and who moved the rollout, as it stands on the one page (pure)."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from orr.reports import wording
from orr.reports.moments import Clock
from orr.reports.room import Room, cut, short_digest

Facts = Mapping[str, Any]


def signatures(facts: Facts, room: Room, clock: Clock) -> dict[str, Any]:
    approval = facts["approval"]
    if not approval:
        return {"title": _("Signatures"), "rows": [], "none": _("Nothing is proposed."), "moved": ""}
    rows = [_signature(slot, room, clock) for slot in approval["slots"]]
    digest = short_digest(approval["proposal_digest"])
    title = _("Signatures %(filled)s of %(needed)s, proposal %(digest)s") % {**approval, "digest": digest}
    return {"title": title, "rows": rows, "none": "", "moved": _moved(facts)}


def _moved(facts: Facts) -> str:
    """Who moved the rollout, beside who signed; one who did both is said plainly."""
    known = facts.get("hands") or {"movers": [], "both": []}
    if not known["movers"]:
        return ""
    names = ", ".join(who["name"] for who in known["movers"])
    if known["both"]:
        both = ", ".join(known["both"])
        return _("Rollout moved by %(names)s; %(both)s signed it, too.") % {"names": names, "both": both}
    return _("Rollout moved by %(names)s, who signed nothing of it.") % {"names": names}


def _signature(slot: Mapping[str, Any], room: Room, clock: Clock) -> dict[str, Any]:
    person = slot["person"]
    return {
        "name": _signer(slot, room) if person else _("not signed"),
        "signed": bool(person),
        "role": cut(slot["title"], room.name // 2 + 4),
        "at": clock.at(slot["signed_at"]),
        "method": wording.method_title(slot["method"]),
        "weak": slot["weak"],
    }


def _signer(slot: Mapping[str, Any], room: Room) -> str:
    name, principal = str(slot["person"]["name"]), slot.get("on_behalf_of")
    if not principal:
        return cut(name, room.name)
    # Translators: a deputy and for whom they signed
    return _("%(name)s for %(principal)s") % {
        "name": cut(name, room.name),
        "principal": cut(principal, room.name),
    }
