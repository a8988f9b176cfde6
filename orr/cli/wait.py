"""`plura orr wait ID`: stay until there is a decision, or a rollout or an Exit has ended."""

import time
from typing import Any

import click

from orr.cli import codes
from orr.cli.live import Line, Screen
from orr.cli.paint import printable
from orr.cli.shell import Shell, verb
from orr.cli.verdict import last_line

POLL_SECONDS = 25.0
CODE_OF = {"decision": codes.of_decision, "rollout": codes.of_review, "exit": codes.of_exit}


@click.command()
@click.argument("review_id", metavar="ID")
@click.option("--for", "what", type=click.Choice(["decision", "rollout", "exit"]), default="decision")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    help="Seconds to stay at most; without it, as long as it takes.",
)
@verb
def wait(shell: Shell, review_id: str, what: str, timeout: float | None) -> None:
    """Stay until what is waited for has come; the exit code says how it went. For a shadow nothing waits."""
    begun = time.monotonic()
    screen = Screen(shell)
    answer: Any = shell.server.get("/v1/orr/wait", **{"id": review_id, "for": what, "seconds": 0})
    try:
        while not answer["reached"] and (what == "exit" or not codes.in_shadow(answer)):
            left = POLL_SECONDS if timeout is None else timeout - (time.monotonic() - begun)
            screen.show([Line("next", _doing(answer))])
            if left <= 0:
                break
            seconds = f"{min(POLL_SECONDS, left):.1f}"
            answer = shell.server.get("/v1/orr/wait", **{"id": review_id, "for": what, "seconds": seconds})
    except KeyboardInterrupt:
        shell.say(f"\nThe review goes on. Wait again: plura orr wait {review_id} --for {what}")
    screen.leave()
    mark, sentence = last_line(answer | {"gates": answer.get("gates", [])})
    shell.say(f"{shell.paint.mark(mark, 4)}{answer['id']}  {sentence}")
    shell.finish(answer, CODE_OF[what](answer))


def _doing(answer: Any) -> str:
    stated = (answer.get("next") or {}).get("sentence")
    return f"..  {answer['id']}  {answer['state'].replace('_', ' ')}: {printable(stated or 'waiting')}"
