"""The analysis that a review owes, and where it stands among others, as the read model gives them."""

from datetime import timedelta
from typing import Any

from tests.board.moment_fixture import CHANGE, NOW


def analysis(state: str, **over: Any) -> dict[str, Any] | None:
    """Owed after a No-Go; recorded after an Exit; else none."""
    if state not in {"no_go", "exiting", "exited"}:
        return None
    recorded = state != "no_go"
    action = {
        "what": "Warm the cache",
        "owner": "Jihun Park",
        "owner_id": "1",
        "due": NOW - timedelta(hours=1),
        "done": False,
        "overdue": True,
    }
    return {
        "cause": "exit" if recorded else "no_go",
        "state": "recorded" if recorded else "open",
        "opened_at": NOW - timedelta(hours=30),
        "due_at": NOW + timedelta(hours=18),
        "overdue": False,
        "late": False,
        "recorded_at": NOW if recorded else None,
        "closed_at": None,
        "marks": [
            {"hours": hours, "at": NOW + timedelta(hours=hours - 30), "past": hours < 30}
            for hours in (24, 40, 47)
        ],
        "version": 2,
        "digest": CHANGE,
        "written_by": ["Yujin Han"],
        "written_at": NOW,
        "recorded_by": "Yujin Han" if recorded else None,
        "closed_by": None,
        "note": "",
        "returns": [],
        "happened": "<script>alert(1)</script> was slow.",
        "causes": [{"text": "The cache was cold.", "measurement_fault": True, "item": "G1.1"}],
        "actions": [action, {**action, "what": "Look", "done": True, "overdue": False}],
        "done": 1,
    } | over


def lineage(state: str) -> dict[str, Any]:
    """A re-review while it is checked; replaced once it is withdrawn."""
    part = {"path": "to.version", "before": "v3", "after": None}
    former = {
        "id": "ORR-0140",
        "title": "Model v3",
        "state": "no_go",
        "state_title": "No-Go",
        "carried": ["G1.1", "G1.2"],
        "collected": 24,
        "items": [
            {"what": "changed", "kind": "model", "name": "triage-model", "parts": [part]},
            {"what": "added", "kind": "flag", "name": "f", "parts": []},
            {"what": "removed", "kind": "flag", "name": "g", "parts": []},
        ],
        "fields": [{"path": "title", "before": "Model v3", "after": "Model v4" * 20}],
        "environment": None,
        "hidden": False,
    }
    older = {
        "id": "ORR-0139",
        "title": "The one before",
        "state": "proposed",
        "state_title": "Proposed",
        "requester": "Doyun Kim",
        "targets": ["model triage-model"],
    }
    return {
        "re_review": former if state == "checking" else None,
        "re_reviews": ["ORR-0150"] if state == "no_go" else [],
        "replaced_by": "ORR-0151" if state == "withdrawn" else None,
        "replaces": ["ORR-0138"] if state == "proposed" else [],
        "owed_by": ["ORR-0140"] if state == "checking" else [],
        "same_target": [older] if state in {"checking", "proposed", "void", "effective"} else [],
    }
