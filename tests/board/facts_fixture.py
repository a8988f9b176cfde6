"""One review's read model as `orr.reports.facts` gives it, in the states that a page has to show."""

import copy
from datetime import timedelta
from typing import Any

from orr.reviews.checklist import ITEMS
from tests.board.analysis_fixture import analysis, lineage
from tests.board.approval_fixture import CHANGE_SET, GUARD, approval
from tests.board.exit_fixture import exit_
from tests.board.gates_fixture import gates
from tests.board.moment_fixture import CHANGE, NOW, PROPOSAL


def facts(
    state: str = "proposed", *, verdicts: dict[str, str] | None = None, signed: int = 1, **over: Any
) -> dict[str, Any]:
    """The facts of ORR-0142 in `state`; `verdicts` overrides single items, `over` whole keys."""
    shown = gates(verdicts)
    flat = [one for gate in shown for one in gate["items"]]
    count = {
        "items": sum(i["verdict"] != "not_applicable" for i in flat),
        "passing": sum(i["verdict"] == "green" for i in flat),
        "red": sum(i["verdict"] == "red" for i in flat),
        "open": sum(i["verdict"] in {"pending", "stale", "error"} for i in flat),
        "attested": sum(bool(i["attested"]) for i in flat),
        "not_applicable": sum(i["verdict"] == "not_applicable" for i in flat),
    }
    late = state in {"effective", "rolling_out", "observing", "closed", "exiting", "exited"}
    decided = {
        "decision": "go_with_guards",
        "title": "Go with Guards",
        "effective_at": NOW,
        "by": "system",
        "valid_until": NOW + timedelta(hours=3),
        "reason": "Cache.",
        "rca_due_at": None,
        "digest": PROPOSAL,
        "proposal": 2,
        "record": {},
        "break_glass": None,
        "debt": None,
    }
    finished = state in {"observing", "closed"}
    moves = [
        ("started", 0, 10),
        ("stage", 5, 9),
        ("stage", 25, 1),
        *([("finished", 100, 0)] if finished else []),
    ]
    rollout = {
        "started_at": NOW - timedelta(minutes=10),
        "by": "Doyun Kim",
        "by_id": "1",
        "valid_until": NOW + timedelta(hours=3),
        "percent": 100 if finished else 25,
        "stage": 2,
        "stages": [
            {"percent": 5, "seconds": 540},
            {"percent": 25, "seconds": 180},
            {"percent": 100, "seconds": 900},
        ],
        "finished_at": NOW if finished else None,
        "observation_until": NOW + timedelta(minutes=15) if finished else None,
        "observation_over": state == "closed",
        "closed_at": None,
        "closed_by": None,
        "verdict": "hold",
        "analysed": False,
        "reason": "Not analysed.",
        "guards_lost": [],
        "events": [
            {
                "number": n,
                "event": event,
                "title": event,
                "percent": percent,
                "at": NOW - timedelta(minutes=ago),
                "by": "Doyun Kim",
                "by_id": "1",
                "verdict": "hold",
                "reason": "",
            }
            for n, (event, percent, ago) in enumerate(moves)
        ],
    }
    built = {
        "id": "ORR-0142",
        "title": CHANGE_SET["title"],
        "summary": "A new model.",
        "purpose": "quality",
        "state": state,
        "state_title": state,
        "state_status": "run",
        "environment": "prod-kr",
        "service_ids": ["search"],
        "planned_start": NOW + timedelta(hours=1),
        "planned_end": NOW + timedelta(hours=2),
        "change_set": CHANGE_SET,
        "change_set_digest": CHANGE,
        "profiles": [
            {
                "name": "model-update",
                "version": 7,
                "title": "Model update",
                "digest": CHANGE,
            }
        ],
        "opened_at": NOW - timedelta(minutes=30),
        "shadow": False,
        "requester": {"id": "1", "name": "Doyun Kim"},
        "decision_tat_seconds": None,
        "tat": {
            "since": NOW - timedelta(seconds=582),
            "until": None,
            "seconds": 582,
            "goal": 900,
            "running": True,
        },
        "options": [
            {
                "decision": "go",
                "title": "Go",
                "possible": False,
                "reasons": ["No risk was simulated; plain Go is not possible."],
            },
            {
                "decision": "go_with_guards",
                "title": "Go with Guards",
                "possible": not count["red"] and not count["open"],
                "reasons": [],
            },
            {"decision": "no_go", "title": "No-Go", "possible": True, "reasons": []},
        ],
        "glass": None,
        "gates": shown,
        "counts": count,
        "risk": {
            "verdict": "unknown",
            "score": None,
            "planned_residual": None,
            "proven_residual": None,
            "blast_radius": None,
            "explained": "No simulation yet.",
        },
        "approval": approval(signed) if state in {"proposed", "expired"} or late else None,
        "proposals": [],
        "decision": decided if late else None,
        "guards": [GUARD] if late else [],
        "seats": [
            {"index": 0, "role": "sre", "title": "SRE", "available": ["Jihun Park"]},
            {"index": 1, "role": "security", "title": "Security", "available": []},
        ],
        "policy": {
            "slots": ["sre", "security"],
            "timelock": 600,
            "approve_within": 14400,
            "valid_for": 14400,
            "veto": ["security"],
            "gate_roles": {
                "1": "sre",
                "2": "sre",
                "3": "security",
                "4": "data",
                "5": "product",
                "6": "sre",
                "7": "product",
                "8": "security",
            },
        },
        "canary": {
            "stages": [
                {"percent": 5, "seconds": 540},
                {"percent": 25, "seconds": 180},
                {"percent": 100, "seconds": 900},
            ],
            "observation": 900,
        },
        "profile_digest": CHANGE,
        "next_boundary": NOW + timedelta(minutes=8),
        "plan": {
            "problems": [],
            "points_of_no_return": ["search_doc v8 drops a column."],
            "keys": [
                {
                    "name": "triage-model",
                    "kind": "model",
                    "phase": 3,
                    "item": "triage-model",
                    "driver": "webhook",
                    "target": "models/triage",
                    "desired": "v3.8.1",
                    "after": [],
                }
            ],
        },
        "rollout": rollout if state in {"rolling_out", "observing", "closed", "exiting", "exited"} else None,
        "exit": exit_("done" if state == "exited" else "running") if state in {"exiting", "exited"} else None,
        "answers": [],
        "rehearsal": None,
        "progress": {"done": 26, "total": 26, "running": False},
        "next": {"sentence": "Two signatures are missing.", "who": ["SRE"]},
        "log": {
            "entries": [
                {
                    "index": 48088,
                    "seq": 1,
                    "kind": "review.opened",
                    "at": NOW - timedelta(minutes=30),
                    "artefacts": {"change_set": CHANGE[7:]},
                },
                {
                    "index": None,
                    "seq": 2,
                    "kind": "proposal.made",
                    "at": NOW - timedelta(minutes=9),
                    "artefacts": {"proposal": PROPOSAL[7:]},
                },
            ],
            "count": 2,
            "gap": 1,
        },
        "re_review_of": None,
        **lineage(state),
        "rca": analysis(state),
        "version": 12,
        "now": NOW,
    }
    return copy.deepcopy(built) | over


VERBS = (
    "sign",
    "propose",
    "no_go",
    "exit",
    "start",
    "stage",
    "finish",
    "close",
    "collect",
    "edit",
    "reject",
    "cancel",
    "withdraw_signature",
    "attest",
    "withdraw",
    "re_review",
    "write_rca",
    "close_rca",
    "back",
)


def viewer(**over: Any) -> dict[str, Any]:
    """What a person may do here, and what comes next for them."""
    may: dict[str, Any] = {verb: {"ok": True, "reason": ""} for verb in VERBS if verb != "attest"}
    may["attest"] = {
        code: {"ok": code == "G6.4", "reason": "" if code == "G6.4" else "This item is measured."}
        for code in ITEMS
    }
    replaceable = {"ORR-0139": {"ok": True, "reason": ""}}
    step = {
        "title": "Review and sign",
        "sentence": "As Security · by 18:00 today",
        "url": "/orr/ORR-0142/approve",
        "label": "Review",
    }
    return {"may": may, "next": step, "roles": ["security"], "replaceable": replaceable} | over
