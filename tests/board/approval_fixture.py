"""A change set, and a proposal on it with its seats and guard, as the read model gives them."""

from datetime import timedelta
from typing import Any

from tests.board.moment_fixture import NOW, PROPOSAL

CHANGE_SET = {
    "title": "Model v4 + search configuration",
    "summary": "A new model.",
    "environment": "prod-kr",
    "purpose": "quality",
    "service_ids": ["search", "triage"],
    "items": [
        {
            "kind": "model",
            "name": "triage-model",
            "from": {"version": "v3.8.1", "digest": "sha256:" + "7b" * 32},
            "to": {"version": "v4.0.2", "digest": "sha256:" + "a4" * 32},
            "rollback_key": {
                "target": "models/triage",
                "desired": "v3.8.1",
                "rehearse": {"target": "models/shadow"},
            },
        },
        {
            "kind": "flag",
            "name": "search.cache.force_ttl",
            "from": {"version": "30s"},
            "to": {"version": "90s"},
            "rollback_key": {"target": "flags/force_ttl", "desired": "30s"},
        },
        {"kind": "schema", "name": "<script>alert(1)</script>", "to": {"version": "v8"}},
    ],
    "authors": [{"id": "yujin", "name": "Yujin Han"}],
    "contacts": {"oncall": "Jihun Park", "sre": "sre@example.org", "escalation": ["Minjae Choi"]},
}


def slots(signed: int) -> list[dict[str, Any]]:
    people = [("sre", "SRE", "Jihun Park"), ("security", "Security", "Seoyeon Lee")]
    return [
        {
            "index": n,
            "role": role,
            "title": title,
            "available": [name],
            "person": {"id": f"00000000-0000-0000-0000-00000000000{n}", "name": name} if n < signed else None,
            "signed_at": NOW - timedelta(minutes=5) if n < signed else None,
            "method": "password" if n < signed else None,
            "weak": n < signed,
            "comment": "Looked at it." if n < signed else "",
        }
        for n, (role, title, name) in enumerate(people)
    ]


GUARD = {
    "kind": "flag",
    "driver": None,
    "target": "flags/search.cache.force_ttl",
    "value": "90s",
    "owner": "Jihun Park",
    "expires_at": NOW + timedelta(days=1),
    "confirmed_at": None,
    "read_back": None,
}


def approval(signed: int = 1) -> dict[str, Any]:
    full = signed == 2
    return {
        "number": 2,
        "proposal_digest": PROPOSAL,
        "decision": "go_with_guards",
        "decision_title": "Go with Guards",
        "guards": [GUARD],
        "proposed_by": "Doyun Kim",
        "proposed_at": NOW - timedelta(minutes=9),
        "reason": "Cache.",
        "state": "open",
        "ended_reason": "",
        "ended_at": None,
        "proposed_by_id": "1",
        "snapshot": [],
        "break_glass": None,
        "slots": slots(signed),
        "filled": signed,
        "needed": 2,
        "timelock": {
            "delay": 600,
            "started_at": NOW if full else None,
            "ready_at": NOW + timedelta(minutes=10) if full else None,
        },
        "approve_by": NOW + timedelta(hours=4),
        "valid_until": NOW + timedelta(hours=4),
    }
