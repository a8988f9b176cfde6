"""`plura orr decide ID go|go_with_guards|no_go`: propose a decision, or record No-Go."""

import json
from typing import IO, Any

import click

from orr.cli import codes, drawing
from orr.cli.client import Refused
from orr.cli.shell import Shell, refuse, verb
from orr.cli.verdict import last_line


@click.command()
@click.argument("review_id", metavar="ID")
@click.argument("decision", type=click.Choice(["go", "go_with_guards", "no_go"]))
@click.option("--guards", type=click.File("rb"), help="A JSON list of guards (- reads standard input).")
@click.option(
    "--guard",
    "pairs",
    multiple=True,
    metavar="NAME=VALUE,…",
    help="One guard: kind=…,driver=…,target=…,value=…,owner=…,expires_at=…; may be given several times.",
)
@click.option("--reason", default="", help="Why.")
@click.option("--expected-digest", metavar="DIGEST", help="The change_set_digest that you decide on.")
@verb
def decide(
    shell: Shell,
    review_id: str,
    decision: str,
    guards: IO[bytes] | None,
    pairs: tuple[str, ...],
    reason: str,
    expected_digest: str | None,
) -> None:
    """Propose Go or Go with Guards, or record No-Go. People sign a proposal in their browser."""
    review = shell.server.get("/v1/orr/checklist", id=review_id)
    shell.say(drawing.heading(review))
    body = {
        "id": review["id"],
        "decision": decision,
        "guards": [*_listed(guards), *(_guard(pair) for pair in pairs)],
        "reason": reason,
        "expected_digest": expected_digest or review["change_set_digest"],
    }
    try:
        answer = shell.server.post("/v1/orr/decide", body)
    except Refused as refusal:
        refuse(shell, refusal, _code_of_refusal(shell, refusal, review["id"], body["expected_digest"]))
    review = shell.server.get("/v1/orr/checklist", id=review["id"])
    shell.say()
    for line in drawing.approval_lines(review, shell.paint):
        shell.say(line)
    mark, sentence = last_line(review)
    shell.say(shell.paint.mark(mark, 4) + sentence)
    shell.finish(answer, codes.of_decision(review))


def _code_of_refusal(shell: Shell, refusal: Refused, review_id: str, digest: str) -> int:
    """Not possible now is what the review's state says, so that a pipeline can wait and ask again."""
    if refusal.status != 409:
        return codes.of_refusal(refusal.status)
    review = shell.server.get("/v1/orr/checklist", id=review_id)
    if codes.in_shadow(review):
        mark = shell.paint.mark("..", 4)
        shell.say(f"{mark}SHADOW, stops nothing; were it real, this would have been refused:")
        return codes.OK
    code = codes.of_review(review)
    return codes.USAGE if code == codes.OK or digest != review["change_set_digest"] else code


def _listed(file: IO[bytes] | None) -> list[Any]:
    if file is None:
        return []
    try:
        value = json.loads(file.read().decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"{file.name} is not readable JSON: {error}") from error
    if not isinstance(value, list):
        raise click.UsageError(f"{file.name} holds no list of guards.")
    return value


def _guard(pairs: str) -> dict[str, str]:
    """`kind=flag,target=…` as an object. A value may hold `=` but no comma: such guards come in a file."""
    guard: dict[str, str] = {}
    for pair in pairs.split(","):
        name, sign, value = pair.partition("=")
        if not sign or not name.strip():
            raise click.UsageError(f"“{pair}” is not NAME=VALUE.")
        guard[name.strip()] = value.strip()
    return guard
