"""An Exit two minutes after it began, as the read model gives it."""

from datetime import timedelta
from typing import Any

from tests.board.moment_fixture import NOW


def _key(
    name: str, kind: str, phase: int, state: str, began: int | None, took: int | None, **more: Any
) -> dict[str, Any]:
    shape = {"proven": "pass", "running": "run", "waiting": "wait", "conflict": "fail"}[state]
    return {
        "name": name,
        "leg": "back",
        "kind": kind,
        "phase": phase,
        "item": name,
        "target": f"plant/{name}",
        "desired": "2.8.6",
        "expected": ["2.9.0"],
        "observed_before": "2.9.0" if began is not None else None,
        "current": "2.8.6",
        "after": [],
        "state": state,
        "state_title": state,
        "status": shape,
        "reason": "",
        "attempts": 1,
        "in_clock": True,
        "started_at": None if began is None else NOW - timedelta(seconds=108 - began),
        "proven_at": None,
        "ended_at": None,
        "starts_after": began,
        "seconds": took,
        "proof_sha256": None,
        **more,
    }


def _phase(
    number: int, title: str, state: str, began: int | None, took: int | None, keys: list[str]
) -> dict[str, Any]:
    start = None if began is None else NOW - timedelta(seconds=108 - began)
    end = None if start is None or took is None else start + timedelta(seconds=took)
    shape = {"proven": "pass", "running": "run", "waiting": "wait", "none": "na", "later": "wait"}[state]
    return {
        "number": number,
        "title": title,
        "state": state,
        "state_title": state,
        "status": shape,
        "started_at": start,
        "ended_at": end,
        "starts_after": began,
        "seconds": took,
        "keys": keys,
        "waits_for": [],
    }


def exit_(state: str = "running") -> dict[str, Any]:
    """An Exit two minutes after it began."""
    keys = [
        _key("notify.batch_size", "flag", 1, "proven", 3, 18),
        _key("notify-router", "image", 2, "running", 21, None),
        _key(
            "notify-ranker",
            "model",
            3,
            "waiting" if state == "running" else "conflict",
            None,
            None,
            after=["notify-router"],
        ),
    ]
    left = [key for key in keys if key["state"] == "conflict"]
    phases = [
        _phase(0, "Freeze promotions", "proven", 0, 0, []),
        _phase(1, "Flags and configuration", "proven", 3, 18, ["notify.batch_size"]),
        _phase(2, "Traffic, tenant and image", "running", 21, None, ["notify-router"]),
        _phase(3, "Rule, model and key", "waiting", None, None, ["notify-ranker"]),
        _phase(4, "Stop dual write and shadow", "none", None, None, []),
        _phase(5, "Re-point replicas and topics", "none", None, None, []),
        _phase(6, "Schema and index", "none", None, None, []),
        _phase(7, "Clean-up, outside the five minutes", "later", None, None, []),
    ]
    running = state == "running"
    return {
        "id": "e1",
        "state": state,
        "state_title": state,
        "state_status": "run",
        "started_at": NOW - timedelta(seconds=108),
        "deadline": NOW + timedelta(seconds=192),
        "ended_at": None if running else NOW,
        "seconds": 108.0,
        "seconds_left": 192.0 if running else 0.0,
        "by": "Doyun Kim",
        "by_id": "1",
        "automatic": False,
        "reason": "Synthetic success fell.",
        "counts": {"keys": 3, "proven": 1, "left": len(left)},
        "phases": phases,
        "keys": keys,
        "recovery": {
            "state": "waiting",
            "state_title": "Waiting",
            "status": "wait",
            "since": None,
            "starts_after": None,
            "needs_seconds": 30,
            "ended_at": None,
            "items": [],
            "reason": "",
        },
        "left": left,
        "points_of_no_return": [],
        "now": NOW,
        "call": [{"role": "On call", "name": "Jihun Park"}, {"role": "Incident lead", "name": "Minjae Choi"}]
        if left
        else [],
    }
