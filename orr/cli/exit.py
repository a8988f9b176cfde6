"""`plura orr exit ID`: take a change back, and watch it until it is."""

import sys
import time
from collections.abc import Mapping
from typing import Any

import click

from orr.cli import codes
from orr.cli.exit_drawing import announcement, conclusion, frame
from orr.cli.live import Screen
from orr.cli.shell import Shell, verb

LOOK_SECONDS = 1.0


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
    if not yes and (review.get("exit") or {}).get("state") != "running":
        _confirm(shell, code)
    answer = shell.server.post("/v1/orr/exit", {"id": code, "reason": reason})
    if answer["state"] == "withdrawn":
        shell.say(f"{shell.paint.mark('ok', 4)}withdrawn: no rollout had begun, nothing had to be taken back")
        shell.finish(answer, codes.OK)
    if not detach:
        answer = _watch(shell, answer)
    for line in conclusion(answer["exit"], shell.paint):
        shell.say(line)
    shell.say(f"    next  {shell.server.url}/orr/{code}/exit")
    shell.finish(answer, codes.of_exit(answer))


def _confirm(shell: Shell, code: str) -> None:
    """Ask for the typed id. Raises UsageError where nobody can type it, or something else is typed."""
    if shell.as_json or not sys.stdin.isatty():
        raise click.UsageError(
            "An Exit is confirmed by typing the id; without a terminal, --yes confirms it."
        )
    typed = click.prompt(f"Type {code} to go on", default="", show_default=False)
    if typed.strip() != code:
        raise click.UsageError("That is not the id; nothing was done.")


def _watch(shell: Shell, answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer once the Exit has ended, or as it is when the watcher leaves."""
    screen, code = Screen(shell), answer["id"]
    shell.say()
    try:
        while True:
            screen.show(frame(code, answer["exit"]))
            if answer["exit"]["state"] != "running":
                break
            time.sleep(LOOK_SECONDS)
            answer = shell.server.get("/v1/orr/exit", id=code)
    except KeyboardInterrupt:
        shell.say(f"\nExit goes on. Watch it again: plura orr exit {code}")
    screen.leave()
    return answer
