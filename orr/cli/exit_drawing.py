"""An Exit as lines: the server's clock, each phase and key with its proof, and how it ended (pure)."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from orr.cli import drawing
from orr.cli.live import Line
from orr.cli.paint import Paint, pad, printable

Progress = Mapping[str, Any]
NAME_COLUMNS, VALUE_COLUMNS = 30, 28
PHASE_MARK: Final = {"done": "ok", "none": "na", "left": "X", "running": "..", "waiting": "", "later": ""}
KEY_MARK: Final = {"proven": "ok", "running": "..", "waiting": ""}
RECOVERY_MARK: Final = {"pass": "ok", "fail": "X", "warn": "!", "run": ".."}


def announcement(review: Mapping[str, Any]) -> list[str]:
    """What would be taken back, in two lines."""
    plan = review.get("plan") or {}
    seconds = (review.get("rehearsal") or {}).get("seconds")
    last = f"Last rehearsal {drawing.span(seconds)}." if seconds is not None else "It was not rehearsed."
    lines = [
        f"Exit takes back {len(plan.get('keys') or [])} keys on {printable(review['environment'])}. {last}"
    ]
    no_return = [printable(sentence) for sentence in plan.get("points_of_no_return") or []]
    return [*lines, *no_return] if no_return else [*lines, "No point of no return."]


def frame(code: str, progress: Progress) -> list[Line]:
    """One frame: the head with the server's deadline, then phase by phase, then the recovery."""
    return [Line("head", f"Exit {code}", left(progress)), *_phases(progress), *_recovery(progress)]


def left(progress: Progress) -> str:
    """`1:48 gone, 3:12 to the deadline`, as the server counts."""
    gone = f"{drawing.span(progress['seconds'])} gone"
    if progress["state"] != "running":
        return gone
    return f"{gone}, {drawing.span(progress['seconds_left'])} to the deadline"


def _phases(progress: Progress) -> Iterator[Line]:
    for phase in progress["phases"]:
        keys = [key for key in progress["keys"] if key["phase"] == phase["number"]]
        title = f"{phase['number']} {printable(phase['title'])}"
        if not keys:
            said = printable(phase["state_title"])
            yield _line(f"phase {phase['number']}", PHASE_MARK.get(phase["state"], ".."), title, said, "")
        for key in keys:
            yield _key(key, title)
            title = " " * len(title)


def _key(key: Mapping[str, Any], title: str) -> Line:
    mark = KEY_MARK.get(key["state"], "X")
    said = f"{printable(key['target'])} = {drawing.short(printable(key['desired']))}"
    begun, took = key.get("starts_after"), key.get("seconds")
    clock = drawing.span(begun + took) if begun is not None and took is not None else ""
    name = pad(title, NAME_COLUMNS).rstrip() or " "
    return _line(f"key {key['name']}", mark, name, f"{said}  {printable(key['state_title'])}", clock)


def _line(name: str, mark: str, title: str, said: str, clock: str) -> Line:
    text = f"{pad(title, NAME_COLUMNS)} {said}".rstrip()
    return Line(name, text if mark else f"      {text}", clock, mark)


def _recovery(progress: Progress) -> Iterator[Line]:
    recovery = progress.get("recovery") or {}
    if recovery:
        said = printable(recovery.get("reason") or recovery.get("state_title") or "")
        yield _line("recovery", RECOVERY_MARK.get(recovery.get("status", ""), ""), "  recovery", said, "")


def conclusion(progress: Progress, paint: Paint) -> list[str]:
    """How it ended; what is left says so, and whom to call."""
    counted, state = progress["counts"], progress["state"]
    proven = f"{counted['proven']} of {counted['keys']} keys proven"
    if state == "running":
        return [f"{paint.mark('..', 4)}under way: {proven}"]
    if state == "done":
        return [
            f"{paint.mark('ok', 4)}done in {drawing.span(progress['seconds'])} of 5:00: {proven}, recovered"
        ]
    title = paint.red(state.replace("_", " ").upper())
    lines = [f"{paint.mark('X', 4)}{title} after {drawing.span(progress['seconds'])}: {proven}"]
    for key in progress["left"]:
        lines.append(f"      {key['phase']}  {printable(key['target'])}   {printable(key['state_title'])}")
        values = [("before", "observed_before"), ("wanted", "desired"), ("read", "current")]
        lines.append("         " + "   ".join(f"{word} {_or_dash(key.get(name))}" for word, name in values))
        lines.extend([f"         {printable(key['reason'])}"] if key.get("reason") else [])
    lines.extend(f"    {paint.red('CALL')}  {printable(one)}" for one in progress.get("call") or [])
    return lines


def _or_dash(value: object) -> str:
    return "-" if value is None else printable(value)
