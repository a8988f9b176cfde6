"""The rollout's stages as drawn (pure): from the profile's stages and what the deployer said."""

from collections.abc import Mapping, Sequence
from typing import Any

from orr.board.moments import parse

Stage = dict[str, Any]


def stages(canary: Mapping[str, Any], rollout: Mapping[str, Any] | None) -> list[Stage]:
    """Each stage with its state (`wait`, `run`, `pass`), its begin and end, and when its minimum is over."""
    events: Sequence[Mapping[str, Any]] = (rollout or {}).get("events", [])
    moves = [event for event in events if event["event"] in {"stage", "finished"}]
    begun = {event["percent"]: event["at"] for event in reversed(moves)}
    percent = (rollout or {}).get("percent") or 0
    over = bool((rollout or {}).get("finished_at"))
    return [_stage(stage, begun, percent, over, moves) for stage in canary["stages"]]


def _stage(stage: Mapping[str, Any], begun: Mapping[int, Any], percent: int, over: bool, moves: Any) -> Stage:
    mine = stage["percent"]
    start = parse(begun.get(mine))
    done = mine < percent or (over and mine == percent)
    later = [parse(event["at"]) for event in moves if event["percent"] > mine]
    end = min((at for at in later if at), default=None) if done else None
    status = "pass" if done else "run" if mine == percent else "wait"
    least = start.timestamp() + stage["seconds"] if start else None
    return {
        "percent": mine,
        "seconds": stage["seconds"],
        "s": status,
        "started_at": start,
        "ended_at": end,
        "least_until": type(start).fromtimestamp(least, start.tzinfo) if start and least else None,
    }


def following(found: Sequence[Stage]) -> int | None:
    """The percent of the first stage that waits; None when all have begun."""
    return next((stage["percent"] for stage in found if stage["s"] == "wait"), None)
