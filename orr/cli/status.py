"""`plura orr status ID`: the three answers first, then only what is in trouble."""

from collections.abc import Mapping
from typing import Any

import click

from orr.cli import codes, drawing
from orr.cli.paint import printable
from orr.cli.shell import Shell, verb
from orr.cli.verdict import last_line

TROUBLE = ("red", "error", "stale", "pending")


@click.command()
@click.argument("review_id", metavar="ID")
@click.option("--all", "everything", is_flag=True, help="List the items that pass, too.")
@verb
def status(shell: Shell, review_id: str, everything: bool) -> None:
    """Where a review stands: what is red, what blocks, what comes next."""
    review = shell.server.get("/v1/orr/checklist", id=review_id)
    for line in standing(review, shell, everything=everything):
        shell.say(line)
    mark, sentence = last_line(review)
    shell.say()
    shell.say(shell.paint.mark(mark, 4) + sentence)
    shell.finish(review, codes.of_review(review))


def standing(review: Mapping[str, Any], shell: Shell, *, everything: bool) -> list[str]:
    """Everything but the last line."""
    paint = shell.paint
    following = review.get("next") or {}
    who = f" ({_people(following['who'])})" if following.get("who") else ""
    lines = [
        drawing.heading(review),
        "",
        *drawing.wrapped("Red gates", _red(review)),
        *drawing.wrapped("What blocks", _blocks(review)),
        *drawing.wrapped("What comes next", printable(f"{following.get('sentence') or 'nothing'}{who}")),
        "",
        *drawing.gate_cells(review, paint, mark_first=True),
        "",
        *_rows(review, shell, everything=everything),
        *drawing.approval_lines(review, paint),
        drawing.risk_line(review),
    ]
    if review.get("decision_tat_seconds") is not None:
        lines.append(f"  TAT         {drawing.span(review['decision_tat_seconds'])} of 15:00")
    return lines


def _rows(review: Mapping[str, Any], shell: Shell, *, everything: bool) -> list[str]:
    shown = drawing.items(review) if everything else drawing.with_verdict(review, *TROUBLE)
    rows = [drawing.item_line(item, shell.paint) for item in shown]
    passing = len(drawing.with_verdict(review, "green"))
    if rows and not everything and passing:
        rows.append(f"  {shell.paint.mark('ok', 4)}{passing} more items pass  (--all shows them)")
    return [*rows, ""] if rows else []


def _red(review: Mapping[str, Any]) -> str:
    red = [
        f"{gate['number']} {printable(gate['title'])}" for gate in review["gates"] if gate["verdict"] == "red"
    ]
    passing = len(drawing.with_verdict(review, "green"))
    return ", ".join(red) if red else f"none, {passing} items pass"


def _blocks(review: Mapping[str, Any]) -> str:
    red, pending = (
        drawing.with_verdict(review, "red"),
        drawing.with_verdict(review, "pending", "stale", "error"),
    )
    approval = review.get("approval")
    if review["state"] == "no_go":
        return "No-Go in effect"
    if red:
        return f"{len(red)} items below their threshold; {drawing.options_line(review)}"
    if pending:
        return f"{len(pending)} items are not known yet"
    if approval and review["state"] == "proposed":
        empty = [printable(s.get("title") or s["role"]) for s in approval["slots"] if not s.get("person")]
        return f"{len(empty)} signatures: {', '.join(empty)}" if empty else "the timelock"
    return "nothing"


def _people(who: object) -> str:
    return ", ".join(str(one) for one in who) if isinstance(who, list) else str(who)
