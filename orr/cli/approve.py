"""`plura orr approve ID`: the page on which a person signs; a token cannot sign."""

import sys

import click

from orr.cli import codes, drawing
from orr.cli.shell import Shell, verb
from orr.cli.verdict import last_line


@click.command()
@click.argument("review_id", metavar="ID")
@click.option("--print", "only_print", is_flag=True, help="Print the address, don't open it.")
@verb
def approve(shell: Shell, review_id: str, only_print: bool) -> None:
    """Open the page on which you sign. Signing needs you, in your session."""
    review = shell.server.get("/v1/orr/checklist", id=review_id)
    address = f"{shell.server.url}/orr/{review['id']}/approve"
    shell.say(drawing.heading(review))
    for line in drawing.approval_lines(review, shell.paint):
        shell.say(line)
    mark, sentence = last_line(review)
    shell.say(shell.paint.mark(mark, 4) + sentence)
    shell.say(f"    sign  {address}")
    if shell.live and not only_print and sys.stdin.isatty():
        click.launch(address)
    shell.finish({"id": review["id"], "url": address, "state": review["state"]}, codes.of_review(review))
