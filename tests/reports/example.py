"""The facts of an invented review, in the shape that `reports.facts.checklist` gives them."""

from copy import deepcopy
from typing import Any

from orr.reviews.checklist import GATES, ITEMS

DIGEST = "sha256:" + "9f2c4107" * 8
AT = "2026-11-22T14:"

MEASURED = {
    "G1.1": ("11.8 s", "≤ 15 s", "le"), "G1.2": ("612 ms", "≤ 800 ms", "le"),
    "G1.3": ("6.4 s", "≤ 10 s", "le"),
    "G1.4": ("99.82 %", "≥ 99.5 %", "ge"), "G2.1": ("5 / 5", "", "true"), "G2.2": ("3:42", "≤ 5:00", "le"),
    "G3.2": ("0", "= 0", "eq"), "G3.3": ("148 / 148", "", "true"), "G4.3": ("36 / 36", "", "true"),
    "G5.1": ("3.1 %", "< 10 %", "lt"), "G8.2": ("local-evident", "", "true"),
}  # fmt: skip


def item(code: str, verdict: str = "green") -> dict[str, Any]:
    """One item as the facts tell it."""
    display, bound, comparator = MEASURED.get(code, ("Passed", "", "true"))
    return {
        "code": code, "title": str(ITEMS[code].title), "verdict": verdict,
        "verdict_title": {"green": "Pass", "red": "Fail", "pending": "Pending"}.get(verdict, "n/a"),
        "value": None, "display": display, "unit": "", "comparator": comparator, "threshold": None,
        "threshold_display": bound, "ratio": None, "collected_at": AT + "06:00.000Z",
        "measured_at": AT + "05:58.000Z", "fresh_until": AT + "36:00.000Z", "reason": "",
        "evidence": [{"url": f"https://metrics.example/{code}", "sha256": "ab" * 32, "source": "metrics",
                      "query": "q", "title": "metrics", "log_index": 3, "links": []}],
         "attested": None, "near_threshold": False, "earlier_red": None, "adopted": True,
        "measured_on": "baseline", "trend": [],
    }  # fmt: skip


def change(number: int, kind: str = "model") -> dict[str, Any]:
    """One item of the change set."""
    return {
        "kind": kind, "name": f"triage-model-{number}", "target": "registry:triage",
        "from": {"version": "v3.9.1", "digest": DIGEST}, "to": {"version": "v4.0.2", "digest": DIGEST},
    }  # fmt: skip


def signed(index: int, role: str, name: str, minute: str, weak: bool) -> dict[str, Any]:
    """One slot that was signed."""
    return {
        "index": index, "role": role.lower(), "title": role, "person": {"id": "p", "name": name},
        "signed_at": f"{AT}{minute}:00.000Z", "method": "password" if weak else "passkey", "weak": weak,
        "comment": "", "available": [],
    }  # fmt: skip


def facts(**changes: Any) -> dict[str, Any]:
    """A review that went well, with what is given put in its place."""
    items = [change(n, kind) for n, kind in enumerate(["model", "image", "rule", "flag", "schema"])]
    guard = {
        "kind": "flag", "driver": "", "target": "flags:search.cache.force_ttl", "value": "90s",
        "owner": "sre",
        "expires_at": "2026-11-23T14:30:00.000Z", "confirmed_at": AT + "31:00.000Z", "read_back": "90s",
    }  # fmt: skip
    told: dict[str, Any] = {
        "id": "ORR-0142", "title": "모델 v4 + 검색 설정 변경",
        "summary": "더 나은 분류 모델과 검색 캐시 설정.",
        "purpose": "", "state": "closed", "state_title": "Closed", "state_status": "pass",
        "environment": "prod-kr", "service_ids": [], "planned_start": None, "planned_end": None,
        "change_set": {"items": items, "mitigation": "검색 캐시의 수명을 90초로 늘린다."},
        "change_set_digest": DIGEST, "profile_digest": DIGEST,
        "profiles": [{"name": "model-update", "version": 1, "title": "모델 업데이트", "digest": DIGEST}],
        "policy": {}, "canary": {"stages": [{"percent": 5, "seconds": 540}, {"percent": 25, "seconds": 180},
                                            {"percent": 100, "seconds": 900}], "observation": 900},
        "requester": {"id": "p", "name": "김도윤"}, "opened_at": AT + "00:00.000Z", "re_review_of": None,
        "decision_tat_seconds": 716,
        "tat": {"since": AT + "07:04.000Z", "until": AT + "19:00.000Z", "seconds": 716, "goal": 900,
                "running": False},
        "gates": [
            {"number": gate.number, "title": str(gate.title), "verdict": "green", "verdict_title": "Pass",
             "passed": 1, "applicable": 1,
             "items": [item(code) for code in ITEMS if int(code[1]) == gate.number]}
            for gate in GATES
        ],
        "counts": {"items": 26, "passing": 26, "red": 0, "open": 0, "attested": 0, "not_applicable": 0},
        "options": [], "progress": {"done": 26, "total": 26, "running": False}, "next_boundary": None,
        "risk": {"verdict": "unknown", "score": None, "planned_residual": None, "proven_residual": None,
                 "blast_radius": None, "explained": "Unknown: nothing was simulated yet."},
        "log": {"entries": [{"index": n, "seq": n + 1, "kind": "review:opened", "at": f"{AT}{n:02}:30.000Z",
                             "artefacts": {}} for n in range(10)], "count": 10, "gap": 0},
        "plan": {"keys": [{"name": one["name"], "kind": one["kind"], "item": one["name"],
                           "target": "registry:triage"} for one in items], "problems": [],
                 "points_of_no_return": []},
        "approval": {
            "number": 1, "proposal_digest": "sha256:" + "d41b7c90" * 8, "decision": "go_with_guards",
            "decision_title": "Go with Guards", "guards": [guard], "proposed_by": "김도윤",
            "proposed_at": AT + "08:00.000Z", "reason": "", "state": "effective", "ended_reason": "",
            "slots": [signed(0, "SRE", "박지훈", "12", False), signed(1, "Security", "이서연", "19", True)],
            "filled": 2, "needed": 2,
            "timelock": {"delay": 600, "started_at": AT + "19:00.000Z", "ready_at": AT + "29:00.000Z"},
            "approve_by": AT + "59:00.000Z", "valid_until": "2026-11-22T18:00:00.000Z",
        },
        "proposals": [],
        "decision": {"decision": "go_with_guards", "title": "Go with Guards",
                     "effective_at": AT + "30:01.000Z",
                     "valid_until": "2026-11-22T18:00:00.000Z", "by": "system", "reason": "",
                     "rca_due_at": None, "proposal": 1},
        "guards": [guard], "seats": [],
        "rollout": {
            "started_at": AT + "30:30.000Z", "percent": 100, "finished_at": AT + "42:30.000Z",
            "closed_at": AT + "57:30.000Z", "observation_until": AT + "57:30.000Z",
            "events": [{"event": "started", "percent": 5, "at": AT + "30:30.000Z"},
                       {"event": "stage", "percent": 25, "at": AT + "39:30.000Z"},
                       {"event": "finished", "percent": 100, "at": AT + "42:30.000Z"}],
        },
        "exit": None, "version": 9, "now": AT + "58:00.000Z", "next": {"sentence": "", "who": []},
    }  # fmt: skip
    return deepcopy(told | changes)
