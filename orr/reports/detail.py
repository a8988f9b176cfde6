"""What is attached to the report: every fact behind it as canonical JSON, and the list of the evidence."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from orr.lib.canonical import canonical_bytes
from orr.reports.moments import parse

Facts = Mapping[str, Any]

# Left out: what moves with the clock or the reader while nothing happened.
MOVING = frozenset(
    {
        "available", "bar", "confirmed_at", "decision_tat_seconds", "elapsed", "left", "next",
        "next_boundary", "now", "observation_over", "options", "progress", "remaining", "seats",
        "seconds_left", "trend", "unblock", "version",
    }
)  # fmt: skip


def detail(facts: Facts) -> bytes:
    """The facts without what moves by itself, in canonical JSON (RFC 8785)."""
    told = {name: value for name, value in facts.items() if name != "tat"}
    told["tat"] = {name: facts["tat"][name] for name in ("since", "until", "goal")}
    if facts["exit"]:
        told["exit"] = {name: value for name, value in facts["exit"].items() if name != "seconds"}
    return canonical_bytes({"format": "orr-report-detail/v1", **_still(told)})


def evidence(facts: Facts) -> bytes:
    """One row per piece of evidence: item, source, query, link, SHA-256 of the raw answer, log index."""
    rows = [
        {"item": item["code"], **{k: piece.get(k) for k in ("source", "query", "url", "sha256", "log_index")}}
        for gate in facts["gates"]
        for item in gate["items"]
        for piece in item["evidence"]
    ]
    return canonical_bytes({"format": "orr-report-evidence/v1", "id": facts["id"], "evidence": rows})


def _still(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _still(inner) for name, inner in value.items() if name not in MOVING}
    if isinstance(value, list | tuple):
        return [_still(inner) for inner in value]
    if isinstance(value, datetime):
        moment = parse(value)
        return moment.isoformat() if moment else None
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)
