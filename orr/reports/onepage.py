"""From the facts of a review to what stands on its one page (pure: no clock, no database).

`Room` says how much may stand there; what is cut is counted, and stands in the attachment in full.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from orr.reports import figures, moments, timeline
from orr.reports.moments import Clock
from orr.reports.onepage_signers import signatures
from orr.reports.room import Room, cut, short_digest

Facts = Mapping[str, Any]


# Characters of an item that is kept on one line.
SHORT = 44


@dataclass(frozen=True, slots=True)
class Pinned:
    """The checkpoint the report speaks of: its size and its root in hex."""

    size: int
    root: str


def context(facts: Facts, *, room: Room, pinned: Pinned | None, url: str, zone: str) -> dict[str, Any]:
    """Everything the template writes. `url` is the board's address, `zone` names the times' zone."""
    clock = Clock(zone, moments.as_of(facts))
    return {
        "id": facts["id"],
        "title": facts["title"],
        "summary": cut(facts["summary"], room.summary),
        "line": _line(facts, room, clock),
        "dense": room.dense,
        "small": room.small,
        "verdict": _verdict(facts, room, clock),
        "glass": _glass(facts),
        "figures": figures.figures(facts),
        "gates": [_gate(gate, room, clock) for gate in facts["gates"]],
        "signatures": signatures(facts, room, clock),
        "guards": _guards(facts, room, clock),
        "timeline": timeline.points(facts, clock),
        "changes": _changes(facts, room),
        "proof": _proof(facts, pinned),
        "url": url,
    }


def _line(facts: Facts, room: Room, clock: Clock) -> list[str]:
    profiles = ", ".join(str(profile.get("title") or profile["name"]) for profile in facts["profiles"])
    return [
        facts["id"],
        cut(profiles, room.text),
        cut(facts["environment"], room.name),
        _("Requested by %(name)s") % {"name": cut(facts["requester"]["name"], room.name)},
        clock.day(moments.as_of(facts)),
        _("times in %(zone)s") % {"zone": clock.zone},
    ]


def _verdict(facts: Facts, room: Room, clock: Clock) -> dict[str, str]:
    decision, approval = facts["decision"], facts["approval"]
    if decision is None:
        if approval:
            note = _("proposed: %(decision)s") % {"decision": approval["decision_title"]}
        else:
            # In the words of every other face, also for what keeps the review from being decided.
            note = cut(facts["next"]["sentence"], max(room.summary, 90)) or _("No decision yet")
        return {"title": facts["state_title"], "note": note, "kind": "open"}
    parts = [_("EXPIRED")] if facts["state"] == "expired" else []
    parts.append(_("effective %(at)s") % {"at": clock.at(decision["effective_at"], seconds=True)})
    if decision["valid_until"]:
        parts.append(_("start by %(at)s") % {"at": clock.at(decision["valid_until"])})
    if decision["rca_due_at"]:
        parts.append(_owed(facts.get("rca"), decision["rca_due_at"], clock))
    kind = "stop" if decision["decision"] == "no_go" else "go"
    return {"title": decision["title"], "note": " · ".join(parts), "kind": kind}


def _glass(facts: Facts) -> str:
    """That it is break-glass, and what it passed by name; empty for any other decision or proposal."""
    named = (facts["decision"] or facts["approval"] or {}).get("break_glass")
    if named is None:
        return ""
    if not named:
        return _("BREAK-GLASS: no timelock")
    return _("BREAK-GLASS: no timelock, passed by name: %(items)s") % {"items": ", ".join(named)}


def _owed(rca: Facts | None, due: Any, clock: Clock) -> str:
    """How far the root-cause analysis is; a late one says so."""
    if rca and rca["closed_at"]:
        return _("RCA closed %(at)s, %(who)s") % {"at": clock.at(rca["closed_at"]), "who": rca["closed_by"]}
    if rca and rca["recorded_at"]:
        said = _("RCA recorded late, %(at)s") if rca["late"] else _("RCA recorded %(at)s")
        return said % {"at": clock.at(rca["recorded_at"])}
    said = _("RCA overdue since %(at)s") if rca and rca["overdue"] else _("RCA due %(at)s")
    return said % {"at": clock.at(due)}


def _gate(gate: Mapping[str, Any], room: Room, clock: Clock) -> dict[str, Any]:
    pieces = [piece for item in gate["items"] for piece in item["evidence"] if piece["url"]]
    measured = [at for at in (moments.parse(item["measured_at"]) for item in gate["items"]) if at]
    links = {piece["url"]: piece for piece in pieces}
    first = next(iter(links.values()), None)
    absent = [item for item in gate["items"] if item["verdict"] == "not_applicable"]
    return {
        "number": gate["number"],
        "title": gate["title"],
        "verdict": gate["verdict"],
        "verdict_title": gate["verdict_title"],
        "items": [_item(item, room) for item in gate["items"] if item["verdict"] != "not_applicable"],
        "absent": [item["code"] for item in absent if item["adopted"]],
        "unadopted": [item["code"] for item in absent if not item["adopted"]],
        "link": first and {"url": _web(first["url"]), "title": cut(first["title"] or first["source"], 12)},
        "more": max(0, len(links) - 1),
        "measured": clock.at(min(measured)) if measured else "–",
    }


def _web(url: str) -> str:
    return url if url.startswith(("https://", "http://")) else ""


def _item(item: Mapping[str, Any], room: Room) -> dict[str, Any]:
    yes_no = item["comparator"] == "true"
    said_by_the_verdict = yes_no and item["display"] == pgettext("result", "Passed")
    shown = "" if said_by_the_verdict else cut(str(item["display"]), room.text)
    bound = "" if yes_no else item["threshold_display"]
    marks = _marks(item, room)
    told = {
        "title": cut(item["title"], 44) if room.titles else item["code"],
        "value": " ".join(part for part in (shown, bound) if part),
        "marks": ", ".join(marks),
    }
    return {**told, "passes": item["verdict"] == "green", "short": len("".join(told.values())) <= SHORT}


def _marks(item: Mapping[str, Any], room: Room) -> list[str]:
    marks = []
    if item["verdict"] != "green":
        marks.append(item["verdict_title"])
    if item["attested"]:
        name = cut(item["attested"]["by"], room.name)
        marks.append(_("attested, %(name)s") % {"name": name} if room.titles else _("attested"))
    if item.get("carried_from"):
        marks.append(_("carried, %(code)s") % {"code": item["carried_from"]} if room.titles else _("carried"))
    if item["near_threshold"] and room.titles:
        marks.append(_("near the threshold"))
    if item["earlier_red"]:
        marks.append(_("red before"))
    return marks


def _guards(facts: Facts, room: Room, clock: Clock) -> dict[str, Any]:
    injected, planned = facts["guards"], (facts["approval"] or {}).get("guards") or []
    rows = [
        {
            "text": cut(f"{guard['target'] or guard['kind']} = {guard['value']}", room.name + 18),
            "until": clock.at(guard.get("expires_at")),
            "state": _("read back") if guard.get("confirmed_at") else _("not confirmed"),
        }
        for guard in injected or planned
    ]
    stages = [f"{s['percent']} % {moments.span(s['seconds'])}" for s in facts["canary"]["stages"]]
    observed = _("observed %(span)s") % {"span": moments.span(facts["canary"]["observation"])}
    mitigation = cut(facts["change_set"].get("mitigation") or "", 2 * room.text)
    return {
        "rows": rows[: room.guards],
        "more": max(0, len(rows) - room.guards),
        "canary": cut(" → ".join(stages), 70),
        "observed": observed,
        "mitigation": mitigation,
    }


def _changes(facts: Facts, room: Room) -> dict[str, Any]:
    keys = {(key["kind"], key["item"]): key for key in facts["plan"]["keys"] if key["item"]}
    items = facts["change_set"]["items"]
    rows = [_change(item, keys.get((item["kind"], item["name"])), room) for item in items[: room.changes]]
    return {"rows": rows, "more": max(0, len(items) - room.changes), "count": len(items)}


def _change(item: Mapping[str, Any], key: Mapping[str, Any] | None, room: Room) -> dict[str, str]:
    before, after = (item.get("from") or {}).get("version"), item["to"]["version"]
    return {
        "kind": KINDS[item["kind"]](),
        "name": cut(item["name"], room.name + 12),
        "version": cut(f"{before} → {after}" if before else after, room.name + 14),
        "digest": short_digest(item["to"].get("digest") or "") or "–",
        "key": cut(key["target"], room.name + 14) if key else _("none"),
    }


KINDS = {
    "image": lambda: _("Image"),
    "artifact": lambda: _("Artifact"),
    "flag": lambda: _("Flag"),
    "rule": lambda: _("Rule"),
    "model": lambda: _("Model"),
    "schema": lambda: _("Schema"),
    "index": lambda: _("Index"),
    "topic": lambda: _("Topic"),
    "config": lambda: _("Configuration"),
    "key": lambda: _("Key"),
    "tenant": lambda: _("Tenant"),
}


def _proof(facts: Facts, pinned: Pinned | None) -> list[str]:
    approval, decision, log = facts["approval"], facts["decision"], facts["log"]
    lines = [_("Change set %(digest)s") % {"digest": facts["change_set_digest"]}]
    if approval:
        lines.append(_("Proposal %(digest)s") % {"digest": approval["proposal_digest"]})
    if pinned:
        held = {"size": f"{pinned.size:,}", "root": short_digest(pinned.root), "n": log["count"]}
        lines.append(
            _("Pinned checkpoint %(size)s, root %(root)s; %(n)s entries of this review, gap %(gap)s")
            % {**held, "gap": log["gap"]}
        )
    else:
        lines.append(_("No signed checkpoint holds this review yet; gap %(gap)s") % {"gap": log["gap"]})
    reason = cut(str(decision["reason"]), 110) if decision and decision["reason"] else ""
    if reason:
        lines.append(_("Reason: %(reason)s") % {"reason": reason})
    lines.append(_("Attached: all facts and the list of the evidence, each with its SHA-256"))
    return lines
