"""Gates 5 and 6: cost against the budget, flags that answer, restores that give back what was there."""

import calendar
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from orr.demo.checks.suite import Case, TooEarly

_FLAGS = ("search.cache.force_ttl", "notify.batch_size", "ingest.throttle")


def overage(plant: httpx.Client) -> float | None:
    """G5.1: forecast overage at the month's end in percent; None while too little was metered.

    (units so far + run rate × time left) ÷ budget − 1, both from when metering began.
    """
    cost = plant.get("/cost").raise_for_status().json()
    metered = int(cost["now"] - cost["since"])
    if metered < 60:
        return None
    query = f"sum(rate(cost_units_total[{min(300, metered)}s]))"
    rows = plant.get("/api/v1/query", params={"query": query}).raise_for_status().json()["data"]["result"]
    if not rows:
        return None
    left = _month_end(cost["now"]) - cost["now"]
    forecast = cost["units"] + float(rows[0]["value"][1]) * left
    budget = cost["budget_per_hour"] / 3600 * (cost["now"] + left - cost["since"])
    return float(100 * (forecast / budget - 1))


def mitigated(plant: httpx.Client, change_set: Mapping[str, Any]) -> Iterator[Case]:
    """G5.2: each flag by which load can be taken off exists and answers."""
    changed = {item["name"] for item in change_set["items"] if item["kind"] == "flag"}
    for flag in sorted({*_FLAGS, *changed}):
        yield _flag(plant, flag)


def restored(plant: httpx.Client, what: str) -> Iterator[Case]:
    """G6.1–G6.3: a rehearsal that gives back exactly what was there. Raises TooEarly."""
    answer = plant.post(f"/rehearse/{what}").raise_for_status().json()
    if not answer["records"]:
        raise TooEarly("nothing is there yet that could be restored")
    same = answer["expected"] == answer["found"]
    wrong = f"expected {answer['expected'][:12]}, found {answer['found'][:12]}"
    yield Case("what came back is what was there", lambda: None if same else wrong)


def _flag(plant: httpx.Client, flag: str) -> Case:
    def ask() -> str | None:
        answer = plant.get(f"/flags/{flag}")
        if answer.status_code != 200:
            return f"the flag store answered {answer.status_code}"
        return None if answer.json().get("value") else "the flag has no value"

    return Case(f"flag {flag} answers", ask)


def _month_end(now: float) -> float:
    """The first moment of the next month, in seconds since the epoch, UTC."""
    today = datetime.fromtimestamp(now, UTC)
    days = calendar.monthrange(today.year, today.month)[1]
    first = today.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first.timestamp() + days * 86_400
