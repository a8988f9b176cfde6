"""Eight gates as the read model gives them, passing unless a test says otherwise."""

from datetime import timedelta
from typing import Any

from orr.reviews.checklist import ITEMS
from tests.board.moment_fixture import NOW, RAW

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
    value, comparator, threshold, unit, display, limit = MEASURED.get(
        code, (None, "true", None, "", "passed", "required")
    )
    known = verdict in {"green", "red", "stale"}
    attested = code == "G6.4" and verdict == "green"
    return {
        "code": code,
        "title": str(ITEMS[code].title),
        "verdict": verdict,
        "verdict_title": verdict,
        "value": value if known else None,
        "display": display if known else "",
        "unit": unit,
        "comparator": comparator,
        "threshold": threshold,
        "threshold_display": limit,
        "ratio": 0.6 if isinstance(threshold, int) and threshold else None,
        "collected_at": NOW - timedelta(minutes=2) if known else None,
        "measured_at": NOW - timedelta(minutes=2) if known else None,
        "fresh_until": NOW + timedelta(minutes=8) if known else None,
        "reason": None if verdict == "green" else f"{code} is {verdict} <because>",
        "evidence": [
            {
                "url": "https://grafana.example/d/1",
                "sha256": RAW,
                "source": "metrics",
                "log_index": 48110,
                "links": [{"label": "4bf92f3577b34da6a3ce929d0e0e4736", "url": "https://jaeger.example/trace/4b"}],
                "query": "sum(rate(x[30m]))",
                "title": "Prometheus",
            }
        ]
        if known
        else [],
        "attested": {"by": "Garam Yoon", "role": "data", "statement": "No impact.", "at": NOW}
        if attested
        else None,
        "near_threshold": False,
        "earlier_red": None,
        "carried_from": None,
        "measured_on": "baseline" if value is not None else None,
        "trend": [600, 610, 640, 612] if code == "G1.2" else [],
        "samples": 1200,
        "attest_role": "data" if code == "G6.4" else None,
        "attest_role_title": "Data",
        "push": code not in {"G1.1"},
        "adopted": True,
    }


def gates(verdicts: dict[str, str] | None = None) -> list[dict[str, Any]]:
    order = ("red", "error", "stale", "pending", "green", "not_applicable")
    found = []
    for number in range(1, 9):
        items = [
            item(code, (verdicts or {}).get(code, "green"))
            for code in ITEMS
            if code.startswith(f"G{number}.")
        ]
        worst = min((one["verdict"] for one in items), key=order.index)
        passed = sum(one["verdict"] == "green" for one in items)
        found.append(
            {
                "number": number,
                "title": f"Gate {number}",
                "verdict": worst,
                "passed": passed,
                "applicable": sum(one["verdict"] != "not_applicable" for one in items),
                "items": items,
            }
        )
    return found
