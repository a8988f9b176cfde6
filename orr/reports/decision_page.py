"""From the decision document's facts to what stands on its one page (pure: no clock, no database)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orr.reports import wording
from orr.reports.moments import Clock
from orr.reports.onepage import KINDS, Pinned
from orr.reports.room import cut, short_digest

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Room:
    """How much may stand on the page: rows of items and guards, characters per comment and name."""

    items: int
    guards: int
    comment: int
    name: int
    reason: int
    dense: bool = False
    small: bool = False


ROOMS = (
    Room(items=8, guards=5, comment=200, name=40, reason=300),
    Room(items=6, guards=4, comment=110, name=30, reason=200),
    Room(items=4, guards=3, comment=60, name=20, reason=110, dense=True),
    Room(items=3, guards=1, comment=30, name=14, reason=60, dense=True, small=True),
)


def context(told: Facts, *, room: Room, pinned: Pinned | None, url: str, zone: str) -> dict[str, Any]:
    """Everything the template writes. `url` is the board's address, `zone` names the times' zone."""
    decision = told["decision"]
    clock = Clock(zone, as_of(told))
    return {
        "id": told["id"],
        "title": told["title"],
        "line": _line(told, room, clock),
        "dense": room.dense,
        "small": room.small,
        "verdict": _verdict(told, clock),
        "lead": _lead(told, room, clock),
        "shadow": told["shadow"],
        "glass": _glass(told, clock),
        "reason": cut(decision["reason"] or "", room.reason),
        "proposal": told["proposal"] and _proposal(told["proposal"], room, clock),
        "bound": told["proposal"] and told["proposal"]["digest"],
        "signatures": [_signature(one, room, clock) for one in told["signatures"]],
        "red": [f"{one['code']} {cut(one['title'], 44)} {one['display']}".strip() for one in told["red"][:8]],
        "options": [_option(one, room) for one in told["options"]],
        "guards": [_guard(one, room, clock) for one in told["guards"][: room.guards]],
        "more_guards": max(0, len(told["guards"]) - room.guards),
        "changes": _changes(told, room),
        "no_return": [cut(one, room.comment) for one in told["exit_plan"]["points_of_no_return"][:3]],
        "proof": _proof(told, pinned),
        "url": url,
    }


def as_of(told: Facts) -> datetime:
    """The moment the document speaks of: that of the effect."""
    return datetime.fromisoformat(told["decision"]["effective_at"])


def _line(told: Facts, room: Room, clock: Clock) -> list[str]:
    return [
        told["id"],
        cut(told["environment"], room.name),
        _("Requested by %(name)s") % {"name": cut(told["requester"], room.name)},
        clock.day(told["decision"]["effective_at"]),
        _("times in %(zone)s") % {"zone": clock.zone},
    ]


def _verdict(told: Facts, clock: Clock) -> dict[str, str]:
    decision = told["decision"]
    parts = [_("in effect %(at)s") % {"at": clock.at(decision["effective_at"])}]
    if decision["valid_until"]:
        word = _("expired %(at)s") if told["expired"] else _("expires %(at)s")
        parts.append(word % {"at": clock.at(decision["valid_until"])})
    if decision["rca_due_at"]:
        parts.append(_("RCA due %(at)s") % {"at": clock.at(decision["rca_due_at"])})
    kind = "stop" if decision["decision"] == "no_go" else "open" if told["expired"] else "go"
    marks = [_("Expired")] if told["expired"] else []
    if told["shadow"]:
        marks.append(_("Shadow"))
    if decision["break_glass"] is not None:
        marks.append(_("Break-glass"))
    return {
        "mark": " · ".join(marks),
        "title": decision["title"],
        "note": " · ".join(parts),
        "kind": kind,
    }


def _lead(told: Facts, room: Room, clock: Clock) -> list[str]:
    """Two or three sentences: what may go where, and what happens when its time is over."""
    decision, guards = told["decision"], len(told["guards"])
    count = len(told["change_set"]["items"])
    places = {
        "changes": ngettext("%(n)s change", "%(n)s changes", count) % {"n": count},
        "guards": ngettext("%(n)s guard", "%(n)s guards", guards) % {"n": guards},
        "environment": cut(told["environment"], room.name),
    }
    if decision["decision"] == "no_go":
        due = {"at": clock.at(decision["rca_due_at"])}
        return [
            _("%(changes)s may not go to %(environment)s.") % places,
            _("Root cause and plan are due by %(at)s; after that the change needs a re-review.") % due,
        ]
    if guards:
        lead = _("%(changes)s may go to %(environment)s with %(guards)s.") % places
    else:
        lead = _("%(changes)s may go to %(environment)s.") % places
    at = {"at": clock.at(decision["valid_until"])}
    if told["expired"]:
        then = _("No rollout had begun by %(at)s: this decision has ended and the change needs a new review.")
    else:
        then = _(
            "If the rollout has not begun by %(at)s this decision ends and the change needs a new review."
        )
    return [lead, then % at]


def _glass(told: Facts, clock: Clock) -> list[str]:
    """What break-glass did and what it left; empty for any other decision."""
    named, debt = told["decision"]["break_glass"], told["decision"]["debt"]
    if named is None:
        return []
    lines = [_("No timelock was waited for; two people signed all the same.")]
    lines.append(
        _("Passed by name, not passing: %(items)s.") % {"items": ", ".join(named)}
        if named
        else _("No item was passed by name.")
    )
    look = debt and debt["second_look"]
    if look:
        upheld, not_upheld = _("Second look by %(name)s: upheld."), _("Second look by %(name)s: not upheld.")
        lines.append((upheld if look["upheld"] else not_upheld) % {"name": look["by"]})
    elif debt:
        lines.append(_("A second look is due by %(at)s.") % {"at": clock.at(debt["due_at"])})
    return lines


def _proposal(proposal: Facts, room: Room, clock: Clock) -> str:
    return _("Proposal %(n)s, made by %(name)s at %(at)s, %(index)s") % {
        "n": proposal["number"],
        "name": cut(proposal["proposed_by"], room.name),
        "at": clock.at(proposal["proposed_at"]),
        "index": _index(proposal["log_index"]),
    }


def _signature(one: Facts, room: Room, clock: Clock) -> dict[str, Any]:
    deputy = one["deputy_for"]
    return {
        "name": cut(one["name"], room.name),
        "deputy": _("as deputy of %(name)s") % {"name": cut(str(deputy), room.name)} if deputy else "",
        "role": cut(one["title"], room.name),
        "at": clock.at(one["signed_at"]),
        "method": wording.method_title(one["method"]),
        "weak": one["weak"],
        "index": _index(one["log_index"]),
        "comment": cut(one["comment"] or "", room.comment),
    }


def _option(one: Facts, room: Room) -> dict[str, Any]:
    word = _("Yes — decided") if one["decided"] else _("Yes") if one["possible"] else _("No")
    return {
        "title": one["title"],
        "possible": word,
        "decided": one["decided"],
        "reason": cut(one["reasons"][0], max(room.reason, 90)),
    }


def _guard(one: Facts, room: Room, clock: Clock) -> dict[str, str]:
    return {
        "what": cut(f"{one['kind']} {one['target'] or ''}".strip(), room.name + 12),
        "value": cut(str(one["value"]), room.name),
        "owner": cut(str(one["owner"] or "–"), room.name),
        "until": clock.at(one["expires_at"]),
        "state": _("read back") if one["proven"] else _("not confirmed"),
    }


def _changes(told: Facts, room: Room) -> dict[str, Any]:
    keys = {(key["kind"], key["item"]): key["target"] for key in told["exit_plan"]["keys"] if key["item"]}
    items = told["change_set"]["items"]
    rows = [_change(one, keys.get((one["kind"], one["name"])), room) for one in items[: room.items]]
    return {"rows": rows, "more": max(0, len(items) - room.items)}


def _change(item: Facts, key: str | None, room: Room) -> dict[str, str]:
    before, after = (item["from"] or {}).get("version"), (item["to"] or {}).get("version")
    return {
        "kind": KINDS[item["kind"]](),
        "name": cut(item["name"], room.name + 6),
        "version": cut(f"{before} → {after}" if before else str(after or "–"), room.name),
        "digest": short_digest((item["to"] or {}).get("digest") or "") or "–",
        "key": cut(key, room.name + 6) if key else _("none"),
    }


def _index(index: int | None) -> str:
    return _("log %(n)s") % {"n": f"{index:,}"} if index is not None else _("not yet in the signed log")


def _proof(told: Facts, pinned: Pinned | None) -> list[str]:
    lines = [
        _("Decision %(digest)s, %(index)s")
        % {"digest": told["decision"]["digest"], "index": _index(told["log"]["effect"])},
        _("Change set %(digest)s") % {"digest": told["change_set"]["digest"]},
        _("Profile %(digest)s") % {"digest": told["profile"]["digest"]},
    ]
    if pinned:
        held = {"size": f"{pinned.size:,}", "root": short_digest(pinned.root)}
        lines.append(_("Pinned checkpoint %(size)s, root %(root)s") % held)
    else:
        lines.append(_("No signed checkpoint holds this decision yet."))
    lines.append(_("Attached: the record whose SHA-256 is the decision's digest, and all of this as JSON"))
    return lines
