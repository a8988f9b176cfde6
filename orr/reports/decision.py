"""The decision document as facts: what PDF and JSON both tell of a decision in effect (pure).

Its digest ties them together: it is the SHA-256 of `record`, and the log's entry of the effect names it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from orr.decisions import break_glass as glass
from orr.decisions import rules
from orr.lib.canonical import PREFIX
from orr.lib.errors import NotFound
from orr.lib.sentence import Sentence, say
from orr.reports.moments import parse

Facts = Mapping[str, Any]
FORMAT = "orr-decision-document/v1"
EFFECTS = frozenset({"decision.took_effect", "decision.no_go"})


@dataclass(frozen=True)
class _Item:
    """An item as it stood when the decision was made."""

    code: str
    verdict: str
    reason: Sentence | None = None


@dataclass(frozen=True)
class _Stood:
    """All items as they stood when the decision was made."""

    items: Sequence[_Item]


def document(facts: Facts) -> dict[str, Any] | None:
    """Everything the document says, from the facts of a review; None while nothing is decided."""
    found, approval = facts["decision"], facts["approval"]
    if found is None:
        return None
    proposed = approval if found["proposal"] else None
    return {
        "format": FORMAT,
        **{name: facts[name] for name in ("id", "title", "environment", "state", "shadow")},
        "requester": facts["requester"]["name"],
        "decision": {name: value for name, value in found.items() if name != "record"},
        "expired": facts["state"] == "expired",
        "record": found["record"],
        "change_set": _change_set(facts),
        "profile": {"digest": facts["profile_digest"], "profiles": _profiles(facts)},
        "proposal": _proposal(facts, proposed) if proposed else None,
        "signatures": _signatures(facts, proposed) if proposed else [],
        "guards": _guards(facts, proposed),
        "exit_plan": {name: facts["plan"][name] for name in ("keys", "points_of_no_return")},
        "options": _options(facts, proposed),
        "red": [_red(item) for item in _items(facts) if item["verdict"] == "red"],
        "log": {"effect": _index(facts, found["digest"], EFFECTS)},
    }


def needed(facts: Facts) -> dict[str, Any]:
    """The document. Raises NotFound while nothing is decided."""
    told = document(facts)
    if told is None:
        raise NotFound(say("%(code)s has no decision yet.", code=facts["id"]))
    return told


def _change_set(facts: Facts) -> dict[str, Any]:
    items = [
        {name: item.get(name) for name in ("kind", "name", "target", "from", "to")}
        for item in facts["change_set"]["items"]
    ]
    return {"digest": facts["change_set_digest"], "items": items}


def _profiles(facts: Facts) -> list[dict[str, Any]]:
    names = ("name", "version", "title", "digest")
    return [{name: str(one[name]) for name in names} for one in facts["profiles"]]


def _proposal(facts: Facts, approval: Facts) -> dict[str, Any]:
    names = ("number", "proposed_by", "proposed_at", "reason", "approve_by", "valid_until", "timelock")
    digest = approval["proposal_digest"]
    return {
        **{name: approval[name] for name in names},
        "digest": digest,
        "break_glass": approval.get("break_glass"),
        "log_index": _index(facts, digest, {"proposal.made"}),
    }


def _signatures(facts: Facts, approval: Facts) -> list[dict[str, Any]]:
    """Who signed, each with the index of the first entry at or after the signature that nobody else took."""
    logged = list(_entries(facts, approval["proposal_digest"], {"proposal.signed"}))
    told = []
    signed = [slot for slot in approval["slots"] if slot["person"]]
    for slot in sorted(signed, key=lambda one: parse(one["signed_at"]) or 0):
        at = parse(slot["signed_at"])
        entry = next((one for one in logged if at and (parse(one["at"]) or at) >= at), None)
        if entry is not None:
            del logged[: logged.index(entry) + 1]
        names = ("role", "title", "signed_at", "method", "weak", "comment")
        told.append(
            {
                **{name: slot[name] for name in names},
                "name": slot["person"]["name"],
                "deputy_for": slot.get("on_behalf_of"),
                "log_index": entry["index"] if entry else None,
            }
        )
    return told


def _guards(facts: Facts, approval: Facts | None) -> list[dict[str, Any]]:
    """The guards that were signed, each with whether its value was read back."""
    proven = {(g["kind"], g["target"]) for g in facts["guards"] if g["confirmed_at"] and not g.get("lost_at")}
    names = ("kind", "target", "value", "owner", "expires_at")
    return [
        {**{n: guard.get(n) for n in names}, "proven": (guard["kind"], guard.get("target") or "") in proven}
        for guard in (approval["guards"] if approval else [])
    ]


def _options(facts: Facts, approval: Facts | None) -> list[dict[str, Any]]:
    """The three decisions as they were possible when it was made, and why not."""
    named: Sequence[str] = (approval or {}).get("break_glass") or ()
    stood = _stood(facts, approval)
    return [
        {
            "decision": option.decision.value,
            "title": str(rules.TITLES[option.decision]),
            "possible": option.possible,
            "decided": option.decision == facts["decision"]["decision"],
            "reasons": [str(reason) for reason in option.reasons] or [_why(option.decision, stood, named)],
        }
        for option in rules.options(glass.beside(stood, named))
    ]


def _stood(facts: Facts, approval: Facts | None) -> _Stood:
    if approval:
        return _Stood([_Item(row["item"], row["verdict"]) for row in approval["snapshot"]])
    return _Stood([_Item(i["code"], i["verdict"], i["reason"] or None) for i in _items(facts)])


def _why(choice: str, stood: _Stood, named: Sequence[str]) -> str:
    """What speaks for a decision that was possible."""
    red = rules.codes(stood, {rules.RED})
    if choice == rules.Choice.NO_GO:
        return _("Red: %(items)s.") % {"items": red} if red else _("Always possible; no item was red.")
    if named:
        return _("Passed by name: %(items)s; everything else passes.") % {"items": ", ".join(named)}
    count = sum(item.verdict == "green" for item in stood.items)
    return _("All %(n)s items that apply pass.") % {"n": count}


def _red(item: Facts) -> dict[str, Any]:
    return {name: item[name] for name in ("code", "title", "display", "threshold_display", "reason")}


def _items(facts: Facts) -> list[Facts]:
    return [item for gate in facts["gates"] for item in gate["items"]]


def _index(facts: Facts, digest: str, kinds: set[str] | frozenset[str]) -> int | None:
    entry = next(_entries(facts, digest, kinds), None)
    return entry["index"] if entry else None


def _entries(facts: Facts, digest: str, kinds: set[str] | frozenset[str]) -> Iterator[Facts]:
    wanted = digest.removeprefix(PREFIX)
    return (
        one for one in facts["log"]["entries"] if one["kind"] in kinds and wanted in one["artefacts"].values()
    )
