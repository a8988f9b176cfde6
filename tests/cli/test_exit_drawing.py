"""An Exit is drawn by the server's clock, key by key, and what is left is loud."""

from typing import Any

from orr.cli.exit_drawing import announcement, conclusion, frame, left
from orr.cli.paint import Paint

PLAIN = Paint(on=False)


def key(name: str, phase: int, state: str, **changed: Any) -> dict[str, Any]:
    """One key of an Exit."""
    return {
        "name": name, "phase": phase, "target": f"plant/{name}", "desired": "2.8.6", "state": state,
        "state_title": state.title(), "starts_after": 1.0, "seconds": 17.0, "observed_before": "2.8.7",
        "current": None, "reason": None, **changed,
    }  # fmt: skip


def progress(state: str, *keys: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """An Exit with eight phases."""
    broken = [one for one in keys if one["state"] not in ("proven", "running", "waiting")]
    phases = [
        {"number": n, "title": f"Phase {n}", "state": "none", "state_title": "Nothing to take back"}
        for n in range(8)
    ]
    proven = sum(one["state"] == "proven" for one in keys)
    return {
        "state": state, "seconds": 108.0, "seconds_left": 192.0, "phases": phases, "keys": list(keys),
        "counts": {"keys": len(keys), "proven": proven, "left": len(broken)}, "left": broken, "call": [],
        "recovery": {"status": "run", "state_title": "Measuring", "reason": None}, **changed,
    }  # fmt: skip


def test_the_clock_is_the_servers() -> None:
    assert left(progress("running")) == "1:48 gone, 3:12 to the deadline"
    assert left(progress("done")) == "1:48 gone"


def test_every_phase_has_its_line_and_every_key_its_own() -> None:
    lines = frame("ORR-0136", progress("running", key("flag", 1, "proven"), key("image", 2, "running")))
    drawn = {line.key: line for line in lines}
    assert list(drawn)[0] == "head" and list(drawn)[-1] == "recovery"
    assert drawn["key flag"].mark == "ok" and drawn["key flag"].clock == "0:18"
    assert drawn["key image"].mark == ".."
    assert drawn["phase 6"].mark == "na" and "Nothing to take back" in drawn["phase 6"].text


def test_a_clock_alone_is_no_change_in_a_pipe() -> None:
    first, second = (frame("ORR-0136", progress("running", seconds=s)) for s in (108.0, 109.0))
    assert [line.text for line in first] == [line.text for line in second]
    assert first[0].clock != second[0].clock


def test_done_says_how_long_it_took() -> None:
    (line,) = conclusion(progress("done", key("flag", 1, "proven"), seconds=185.0), PLAIN)
    assert line == "ok  done in 3:05 of 5:00: 1 of 1 keys proven, recovered"


def test_what_is_left_says_its_three_values_and_whom_to_call() -> None:
    stuck = key("topic", 5, "conflict", current="88,131,907", reason="Somebody wrote another value.")
    told = "\n".join(conclusion(progress("partial", stuck, call=["Yujin Han, On call"]), PLAIN))
    for words in (
        "X   PARTIAL",
        "before 2.8.7",
        "wanted 2.8.6",
        "read 88,131,907",
        "Somebody wrote",
        "CALL  Yujin",
    ):
        assert words in told


def test_a_point_of_no_return_is_said_before_it_is_asked() -> None:
    review = {"environment": "prod-kr", "plan": {"keys": [1, 2], "points_of_no_return": ["The drop stays."]}}
    assert announcement({**review, "rehearsal": {"seconds": 222.0}}) == [
        "Exit takes back 2 keys on prod-kr. Last rehearsal 3:42.",
        "The drop stays.",
    ]
    assert "not rehearsed" in announcement({**review, "rehearsal": None})[0]
