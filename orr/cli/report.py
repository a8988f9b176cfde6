"""`plura orr report ID`: the report on one page, as a PDF."""

import sys
from pathlib import Path

import click

from orr.cli import codes
from orr.cli.shell import Shell, verb


@click.command()
@click.argument("review_id", metavar="ID")
@click.option("--lang", type=click.Choice(["ko", "en"]), default="en")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False),
    help="Where to; ID-LANG.pdf unless said, - is standard output.",
)
@verb
def report(shell: Shell, review_id: str, lang: str, output: str | None) -> None:
    """Download the report."""
    content, name = shell.server.download("/v1/orr/report", id=review_id, lang=lang)
    if output == "-":
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        click.get_current_context().exit(codes.OK)
    # The server's name is taken as a name only: it cannot lead to another folder.
    target = Path(output or Path(name).name or "report.pdf")
    try:
        target.write_bytes(content)
    except OSError as error:
        raise click.ClickException(f"{target} cannot be written: {error.strerror}.") from error
    shell.say(f"{shell.paint.mark('ok', 4)}{target}  {len(content):,} bytes")
    shell.finish({"id": review_id, "file": str(target), "bytes": len(content)}, codes.OK)
