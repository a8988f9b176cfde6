"""`plura orr exit ID`: take a change back, and watch it until it is."""

import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click

from orr.cli import codes, drawing
from orr.cli.live import Line, Screen
from orr.cli.paint import pad, printable
from orr.cli.shell import Shell, verb

LOOK_SECONDS = 1.0
MARK = {
    "proven": "ok",
    "running": "..",
    "waiting": "",
    "conflict": "X",
    "failed": "X",
    "unknown": "X",
    "blocked": "X",
}
WORDS = {"proven": "read back", "waiting": "", "running": "sent"}


@click.command("exit")
@click.argument("review_id", metavar="ID")
@click.option("--reason", default="", help="Why; it may be completed later.")
@click.option("--yes", is_flag=True, help="Don't ask for the typed id.")
@click.option("--detach", is_flag=True, help="Start it and leave; `plura orr wait ID --for exit` watches.")
@verb
def exit_(shell: Shell, review_id: str, reason: str, yes: bool, detach: bool) -> None:
    """Take back everything that the review's change brought, in at most five minutes."""
    review = shell.server.get("/v1/orr/checklist", id=review_id)
    code = review["id"]
    for line in announcement(review):
        shell.say(line)
    if not yes:
        confirm(shell, code)
    answer = shell.server.post("/v1/orr/exit", {"id": code, "reason": reason})
    if answer["state"] == "withdrawn":
        shell.say(
            f"{shell.paint.mark('ok', 4)}withdrawn: no rollout had begun, so there was nothing to take back"
        )
        shell.finish(answer, codes.OK)
    if not detach:
        answer = _watch(shell, answer)
    for line in conclusion(shell, answer):
        shell.say(line)
    shell.finish(answer, codes.of_exit(answer))


def announcement(review: Mapping[str, Any]) -> list[str]:
    """What would be taken back, in two lines."""
    keys = (review.get("plan") or {}).get("keys") or []
    where = printable(review.get("environment", ""))
    rehearsal = review.get("rehearsal") or {}
    seconds = rehearsal.get("seconds")
    last = f"Last rehearsal {drawing.span(seconds)}." if seconds is not None else "It was never rehearsed."
    return [f"Exit takes back {len(keys)} changes on {where}. {last}"]


def confirm(shell: Shell, code: str) -> None:
    """Ask for the typed id. Raises UsageError where nobody can type it, or something else is typed."""
    if shell.as_json or not sys.stdin.isatty():
        raise click.UsageError(
            "An Exit is confirmed by typing the review's id; without a terminal, --yes does it."
        )
    typed = click.prompt(f"Type {code} to go on", prompt_suffix=": ", default="", show_default=False)
    if typed.strip() != code:
        raise click.UsageError("That is not the id; nothing was done.")


def _watch(shell: Shell, answer: Mapping[str, Any]) -> Mapping[str, Any]:
    screen, code = Screen(shell), answer["id"]
    shell.say()
    try:
        while True:
            screen.show(frame(answer))
            if (answer.get("exit") or {}).get("state") != "running":
                break
            time.sleep(LOOK_SECONDS)
            answer = shell.server.get("/v1/orr/exit", id=code)
    except KeyboardInterrupt:
        shell.say(f"\nExit goes on. Watch it again: plura orr exit {code}")
    screen.leave()
    return answer


def frame(answer: Mapping[str, Any], now: datetime | None = None) -> list[Line]:
    """The head with the server's deadline, one line per key, and the recovery."""
    progress = answer["exit"]
    now = now or datetime.now(UTC)
    lines = [Line("head", f"Exit {answer['id']}", _left(progress, now))]
    for key in progress["keys"]:
        lines.append(_key(key, progress.get("started_at")))
    recovery = progress.get("recovery") or {}
    said = recovery.get("sentence") or recovery.get("reason") or recovery.get("state") or ""
    mark = "ok" if progress["state"] == "done" else "X" if progress["state"] == "not_recovered" else ".."
    if said:
        lines.append(Line("recovery", f"  recovery  {printable(said)}", mark=mark))
    return lines


def _key(key: Mapping[str, Any], started_at: str | None) -> Line:
    state = key["state"]
    said = printable(key.get("reason") or "") or WORDS.get(state, state)
    what = f"{key['phase']} {printable(key['kind'])}"
    wanted = f"{printable(key['target'])} = {drawing.short(printable(key['desired']))}"
    text = f"{pad(what, 18)}{pad(wanted, 34)} {said}"
    ended, begun = drawing.moment(key.get("proven_at")), drawing.moment(started_at)
    clock = drawing.span((ended - begun).total_seconds()) if ended and begun else ""
    mark = MARK.get(state, "..")
    return Line(f"key {key.get('name', key['target'])}", text if mark else f"      {text}", clock, mark)


def _left(progress: Mapping[str, Any], now: datetime) -> str:
    """`1:48 gone, 3:12 to the deadline`, by the server's deadline."""
    begun, deadline = drawing.moment(progress.get("started_at")), drawing.moment(progress.get("deadline"))
    if begun is None or deadline is None:
        return ""
    ended = drawing.moment(progress.get("ended_at"))
    gone = ((ended or now) - begun).total_seconds()
    left = (deadline - (ended or now)).total_seconds()
    return f"{drawing.span(gone)} gone, {drawing.span(left)} to the deadline"


def conclusion(shell: Shell, answer: Mapping[str, Any]) -> list[str]:
    """How it ended; what is left says so, and whom to call."""
    progress, paint = answer["exit"], shell.paint
    keys = progress["keys"]
    proven = sum(key["state"] == "proven" for key in keys)
    state = progress["state"]
    if state == "running":
        return [f"{paint.mark('..', 4)}under way: {proven} of {len(keys)} keys proven"]
    if state == "done":
        return [f"{paint.mark('ok', 4)}done: {proven} of {len(keys)} keys proven, and recovered"]
    title = paint.red(state.replace("_", " ").upper())
    lines = [f"{paint.mark('X', 4)}{title}: {proven} of {len(keys)} keys proven, {len(keys) - proven} left"]
    for key in keys:
        if key["state"] != "proven":
            lines.append(f"      {key['phase']}  {printable(key['target'])}  {key['state']}")
            lines.append(
                f"         before {_or_dash(key.get('observed_before'))}   wanted {_or_dash(key['desired'])}"
                f"   read {_or_dash(key.get('current'))}"
            )
    lines.extend(f"    {paint.red('CALL')}  {printable(one)}" for one in progress.get("call") or [])
    return lines


def _or_dash(value: object) -> str:
    return "-" if value is None else printable(value)
