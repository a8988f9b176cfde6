"""One review's read model as `orr.reports.facts` gives it, in the states that a page has to show."""

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

from orr.reviews.checklist import ITEMS

NOW = datetime(2026, 11, 22, 14, 17, 0, tzinfo=UTC)
CHANGE = "sha256:" + "9f2cd018aa6041ab" * 4
PROPOSAL = "sha256:" + "d41b7c9025ae63f81b0de45a97c23e16f80b5a74cd2906e1b3f7482c90d56e07"
RAW = "7c41b0d2e83f5a6619c4078be1f2d95a30b7c6e841f2a9d05c7be3168a4fe09d"
MEASURED = {
    "G1.1": (11.8, "le", 15, "s", "11.8 s", "≤ 15 s"),
    "G1.2": (612.0, "le", 800, "ms", "612 ms", "≤ 800 ms"),
    "G1.3": (6.4, "le", 10, "s", "6.4 s", "≤ 10 s"),
    "G1.4": (99.82, "ge", 99.5, "%", "99.82 %", "≥ 99.5 %"),
    "G2.2": (222.0, "le", 300, "s", "3:42", "≤ 5:00"),
    "G3.2": (0, "eq", 0, "", "0", "= 0"),
    "G5.1": (3.1, "lt", 10, "%", "+3.1 %", "< +10 %"),
}


def item(code: str, verdict: str = "green") -> dict[str, Any]:
    value, comparator, threshold, unit, display, limit = MEASURED.get(code, (None, "true", None, "", "passed", "required"))
    known = verdict in {"green", "red", "stale"}
    attested = code == "G6.4" and verdict == "green"
    return {
        "code": code, "title": str(ITEMS[code].title), "verdict": verdict, "verdict_title": verdict,
        "value": value if known else None, "display": display if known else "", "unit": unit, "comparator": comparator,
        "threshold": threshold, "threshold_display": limit, "ratio": 0.6 if isinstance(threshold, int) and threshold else None,
        "collected_at": NOW - timedelta(minutes=2) if known else None,
        "measured_at": NOW - timedelta(minutes=2) if known else None,
        "fresh_until": NOW + timedelta(minutes=8) if known else None,
        "reason": None if verdict == "green" else f"{code} is {verdict} <because>",
        "evidence": [{"url": "https://grafana.example/d/1", "sha256": RAW, "source": "metrics", "log_index": 48110,
                      "query": "sum(rate(x[30m]))", "title": "Prometheus"}] if known else [],
        "attested": {"by": "Garam Yoon", "role": "data", "statement": "No impact.", "at": NOW} if attested else None,
        "near_threshold": False, "earlier_red": None, "measured_on": "baseline" if value is not None else None,
        "trend": [600, 610, 640, 612] if code == "G1.2" else [],
        "samples": 1200, "attest_role": "data" if code == "G6.4" else None, "attest_role_title": "Data", "push": code not in {"G1.1"},
    }  # fmt: skip


def gates(verdicts: dict[str, str] | None = None) -> list[dict[str, Any]]:
    order = ("red", "error", "stale", "pending", "green", "not_applicable")
    found = []
    for number in range(1, 9):
        items = [item(code, (verdicts or {}).get(code, "green")) for code in ITEMS if code.startswith(f"G{number}.")]
        worst = min((one["verdict"] for one in items), key=order.index)
        passed = sum(one["verdict"] == "green" for one in items)
        found.append({"number": number, "title": f"Gate {number}", "verdict": worst, "passed": passed,
                      "applicable": sum(one["verdict"] != "not_applicable" for one in items), "items": items})  # fmt: skip
    return found


def slots(signed: int) -> list[dict[str, Any]]:
    people = [("sre", "SRE", "Jihun Park"), ("security", "Security", "Seoyeon Lee")]
    return [
        {"index": n, "role": role, "title": title, "available": [name],
         "person": {"id": f"00000000-0000-0000-0000-00000000000{n}", "name": name} if n < signed else None,
         "signed_at": NOW - timedelta(minutes=5) if n < signed else None, "method": "password" if n < signed else None,
         "weak": n < signed, "comment": "Looked at it." if n < signed else ""}
        for n, (role, title, name) in enumerate(people)
    ]  # fmt: skip


GUARD = {"kind": "flag", "driver": None, "target": "flags/search.cache.force_ttl", "value": "90s", "owner": "Jihun Park",
         "expires_at": NOW + timedelta(days=1), "confirmed_at": None, "read_back": None}  # fmt: skip


def approval(signed: int = 1) -> dict[str, Any]:
    full = signed == 2
    return {
        "number": 2, "proposal_digest": PROPOSAL, "decision": "go_with_guards", "decision_title": "Go with Guards",
        "guards": [GUARD], "proposed_by": "Doyun Kim", "proposed_at": NOW - timedelta(minutes=9), "reason": "Cache.",
        "state": "open", "ended_reason": "", "ended_at": None, "proposed_by_id": "1", "snapshot": {}, "slots": slots(signed), "filled": signed, "needed": 2,
        "timelock": {"delay": 600, "started_at": NOW if full else None, "ready_at": NOW + timedelta(minutes=10) if full else None},
        "approve_by": NOW + timedelta(hours=4), "valid_until": NOW + timedelta(hours=4),
    }  # fmt: skip


CHANGE_SET = {
    "title": "Model v4 + search configuration", "summary": "A new model.", "environment": "prod-kr",
    "purpose": "quality", "service_ids": ["search", "triage"],
    "items": [
        {"kind": "model", "name": "triage-model", "from": {"version": "v3.8.1", "digest": "sha256:" + "7b" * 32},
         "to": {"version": "v4.0.2", "digest": "sha256:" + "a4" * 32},
         "rollback_key": {"target": "models/triage", "desired": "v3.8.1", "rehearse": {"target": "models/shadow"}}},
        {"kind": "flag", "name": "search.cache.force_ttl", "from": {"version": "30s"}, "to": {"version": "90s"},
         "rollback_key": {"target": "flags/force_ttl", "desired": "30s"}},
        {"kind": "schema", "name": "<script>alert(1)</script>", "to": {"version": "v8"}},
    ],
    "authors": [{"id": "yujin", "name": "Yujin Han"}],
    "contacts": {"oncall": "Jihun Park", "sre": "sre@example.org", "escalation": ["Minjae Choi"]},
}  # fmt: skip

def _key(name: str, kind: str, phase: int, state: str, began: int | None, took: int | None, **more: Any) -> dict[str, Any]:
    shape = {"proven": "pass", "running": "run", "waiting": "wait", "conflict": "fail"}[state]
    return {
        "name": name, "leg": "back", "kind": kind, "phase": phase, "item": name, "target": f"plant/{name}", "desired": "2.8.6",
        "expected": ["2.9.0"], "observed_before": "2.9.0" if began is not None else None, "current": "2.8.6", "after": [],
        "state": state, "state_title": state, "status": shape, "reason": "", "attempts": 1, "in_clock": True,
        "started_at": None if began is None else NOW - timedelta(seconds=108 - began),
        "proven_at": None, "ended_at": None, "starts_after": began, "seconds": took, "proof_sha256": None, **more,
    }  # fmt: skip


def _phase(number: int, title: str, state: str, began: int | None, took: int | None, keys: list[str]) -> dict[str, Any]:
    start = None if began is None else NOW - timedelta(seconds=108 - began)
    end = None if start is None or took is None else start + timedelta(seconds=took)
    shape = {"proven": "pass", "running": "run", "waiting": "wait", "none": "na", "later": "wait"}[state]
    return {"number": number, "title": title, "state": state, "state_title": state, "status": shape, "started_at": start,
            "ended_at": end, "starts_after": began, "seconds": took, "keys": keys, "waits_for": []}  # fmt: skip


def exit_(state: str = "running") -> dict[str, Any]:
    """An Exit two minutes after it began."""
    keys = [
        _key("notify.batch_size", "flag", 1, "proven", 3, 18), _key("notify-router", "image", 2, "running", 21, None),
        _key("notify-ranker", "model", 3, "waiting" if state == "running" else "conflict", None, None, after=["notify-router"]),
    ]  # fmt: skip
    left = [key for key in keys if key["state"] == "conflict"]
    phases = [
        _phase(0, "Freeze promotions", "proven", 0, 0, []), _phase(1, "Flags and configuration", "proven", 3, 18, ["notify.batch_size"]),
        _phase(2, "Traffic, tenant and image", "running", 21, None, ["notify-router"]),
        _phase(3, "Rule, model and key", "waiting", None, None, ["notify-ranker"]),
        _phase(4, "Stop dual write and shadow", "none", None, None, []), _phase(5, "Re-point replicas and topics", "none", None, None, []),
        _phase(6, "Schema and index", "none", None, None, []), _phase(7, "Clean-up, outside the five minutes", "later", None, None, []),
    ]  # fmt: skip
    running = state == "running"
    return {
        "id": "e1", "state": state, "state_title": state, "state_status": "run", "started_at": NOW - timedelta(seconds=108),
        "deadline": NOW + timedelta(seconds=192), "ended_at": None if running else NOW, "seconds": 108.0,
        "seconds_left": 192.0 if running else 0.0, "by": {"id": "1", "name": "Doyun Kim"}, "automatic": False,
        "reason": "Synthetic success fell.", "counts": {"keys": 3, "proven": 1, "left": len(left)}, "phases": phases, "keys": keys,
        "recovery": {"state": "waiting", "state_title": "Waiting", "status": "wait", "since": None, "starts_after": None,
                     "needs_seconds": 30, "ended_at": None, "items": [], "reason": ""},
        "left": left, "points_of_no_return": [], "now": NOW,
        "call": [{"role": "On call", "name": "Jihun Park"}, {"role": "Incident lead", "name": "Minjae Choi"}] if left else [],
    }  # fmt: skip


def facts(state: str = "proposed", *, verdicts: dict[str, str] | None = None, signed: int = 1, **over: Any) -> dict[str, Any]:
    """The facts of ORR-0142 in `state`; `verdicts` overrides single items, `over` whole keys."""
    shown = gates(verdicts)
    flat = [one for gate in shown for one in gate["items"]]
    count = {
        "items": sum(i["verdict"] != "not_applicable" for i in flat), "passing": sum(i["verdict"] == "green" for i in flat),
        "red": sum(i["verdict"] == "red" for i in flat),
        "open": sum(i["verdict"] in {"pending", "stale", "error"} for i in flat),
        "attested": sum(bool(i["attested"]) for i in flat), "not_applicable": sum(i["verdict"] == "not_applicable" for i in flat),
    }  # fmt: skip
    late = state in {"effective", "rolling_out", "observing", "closed", "exiting", "exited"}
    decided = {"decision": "go_with_guards", "title": "Go with Guards", "effective_at": NOW, "by": "system",
               "valid_until": NOW + timedelta(hours=3), "reason": "Cache.", "rca_due_at": None, "digest": PROPOSAL, "proposal": 2}  # fmt: skip
    finished = state in {"observing", "closed"}
    moves = [("started", 0, 10), ("stage", 5, 9), ("stage", 25, 1), *([("finished", 100, 0)] if finished else [])]
    rollout = {
        "started_at": NOW - timedelta(minutes=10), "started_by": {"id": "1", "name": "Doyun Kim"}, "valid_until": NOW + timedelta(hours=3),
        "percent": 100 if finished else 25, "stage": 2, "stages": [{"percent": 5, "seconds": 540}, {"percent": 25, "seconds": 180}, {"percent": 100, "seconds": 900}],
        "finished_at": NOW if finished else None, "observation_until": NOW + timedelta(minutes=15) if finished else None,
        "observation_over": state == "closed", "closed_at": None, "closed_by": None, "verdict": "hold", "analysed": False,
        "reason": "Not analysed.", "guards_lost": [],
        "events": [{"number": n, "event": event, "title": event, "percent": percent, "at": NOW - timedelta(minutes=ago),
                    "by": {"id": "1", "name": "Doyun Kim"}, "verdict": "hold", "reason": ""} for n, (event, percent, ago) in enumerate(moves)],
    }  # fmt: skip
    built = {
        "id": "ORR-0142", "title": CHANGE_SET["title"], "summary": "A new model.", "purpose": "quality", "state": state,
        "state_title": state, "state_status": "run", "environment": "prod-kr", "service_ids": ["search"],
        "planned_start": NOW + timedelta(hours=1), "planned_end": NOW + timedelta(hours=2), "change_set": CHANGE_SET,
        "change_set_digest": CHANGE, "profiles": [{"name": "model-update", "version": 7, "title": {"en": "Model update", "ko": "모델 업데이트"}, "digest": CHANGE}],
        "opened_at": NOW - timedelta(minutes=30), "requester": {"id": "1", "name": "Doyun Kim"}, "decision_tat_seconds": None,
        "tat": {"since": NOW - timedelta(seconds=582), "until": None, "seconds": 582, "goal": 900, "running": True},
        "options": [
            {"decision": "go", "title": "Go", "possible": False, "reasons": ["No risk was simulated; plain Go is not possible."]},
            {"decision": "go_with_guards", "title": "Go with Guards", "possible": not count["red"] and not count["open"], "reasons": []},
            {"decision": "no_go", "title": "No-Go", "possible": True, "reasons": []}],
        "gates": shown, "counts": count,
        "risk": {"verdict": "unknown", "score": None, "planned_residual": None, "proven_residual": None, "blast_radius": None, "explained": "No simulation yet."},
        "approval": approval(signed) if state in {"proposed", "expired"} or late else None, "proposals": [],
        "decision": decided if late else None, "guards": [GUARD] if late else [],
        "seats": [{"index": 0, "role": "sre", "title": "SRE", "available": ["Jihun Park"]}, {"index": 1, "role": "security", "title": "Security", "available": []}],
        "policy": {"slots": ["sre", "security"], "timelock": 600, "approve_within": 14400, "valid_for": 14400, "veto": ["security"],
                   "gate_roles": {"1": "sre", "2": "sre", "3": "security", "4": "data", "5": "product", "6": "sre", "7": "product", "8": "security"}},
        "canary": {"stages": [{"percent": 5, "seconds": 540}, {"percent": 25, "seconds": 180}, {"percent": 100, "seconds": 900}], "observation": 900},
        "profile_digest": CHANGE, "next_boundary": NOW + timedelta(minutes=8),
        "plan": {"problems": [], "points_of_no_return": ["search_doc v8 drops a column."], "keys": [{"name": "triage-model", "kind": "model", "phase": 3, "item": "triage-model", "driver": "webhook", "target": "models/triage", "desired": "v3.8.1", "after": []}]},
        "rollout": rollout if state in {"rolling_out", "observing", "closed", "exiting", "exited"} else None,
        "exit": exit_("done" if state == "exited" else "running") if state in {"exiting", "exited"} else None, "rehearsal": None,
        "progress": {"done": 26, "total": 26, "running": False}, "next": {"sentence": "Two signatures are missing.", "who": ["SRE"]},
        "log": {"entries": [{"index": 48088, "seq": 1, "kind": "review.opened", "at": NOW - timedelta(minutes=30), "artefacts": {"change_set": CHANGE[7:]}},
                            {"index": None, "seq": 2, "kind": "proposal.made", "at": NOW - timedelta(minutes=9), "artefacts": {"proposal": PROPOSAL[7:]}}], "count": 2, "gap": 1},
        "re_review_of": None, "version": 12, "now": NOW,
    }  # fmt: skip
    return copy.deepcopy(built) | over


VERBS = ("sign", "propose", "no_go", "exit", "start", "stage", "finish", "close", "collect", "edit", "reject",
         "cancel", "withdraw_signature", "attest", "withdraw", "back")  # fmt: skip


def viewer(**over: Any) -> dict[str, Any]:
    """What a person may do here, and what comes next for them."""
    may: dict[str, Any] = {verb: {"ok": True, "reason": ""} for verb in VERBS if verb != "attest"}
    may["attest"] = {code: {"ok": code == "G6.4", "reason": "" if code == "G6.4" else "This item is measured."} for code in ITEMS}
    step = {"title": "Review and sign", "sentence": "As Security · by 18:00 today", "url": "/orr/ORR-0142/approve", "label": "Review"}
    return {"may": may, "next": step, "roles": ["security"]} | over
