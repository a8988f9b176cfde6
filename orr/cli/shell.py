"""What every verb shares: the server, where words go, and how refusals leave the command."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any, NoReturn, ParamSpec

import click

from orr.cli import codes
from orr.cli.client import Away, Refused, Server
from orr.cli.paint import Paint, printable

Said = ParamSpec("Said")
MOST_ERRORS = 12


@dataclass(frozen=True)
class Shell:
    """One run of a verb: words for people, or one JSON document for programs."""

    as_json: bool
    paint: Paint

    @cached_property
    def server(self) -> Server:
        """The server of the environment. Raises UsageError where that names none."""
        return Server.from_environment()

    def say(self, line: str = "") -> None:
        """A line for people; nothing under --json."""
        if not self.as_json:
            click.echo(line, color=self.paint.on)

    def finish(self, answer: Any, code: int) -> NoReturn:
        """Print the answer under --json, and leave with `code`."""
        if self.as_json:
            click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        click.get_current_context().exit(code)

    @property
    def live(self) -> bool:
        """Whether lines can be redrawn in place."""
        return not self.as_json and sys.stdout.isatty()


def verb(run: Callable[..., None]) -> Callable[..., None]:
    """Give a verb `--json` and its Shell, and turn refusals into words and exit codes."""

    @click.option("--json", "as_json", is_flag=True, help="Print the server's answer and nothing else.")
    @wraps(run)
    def with_shell(*args: Any, as_json: bool, **kwargs: Any) -> None:
        shell = Shell(as_json, Paint.for_stream(sys.stdout))
        try:
            run(shell, *args, **kwargs)
        except Refused as refusal:
            refuse(shell, refusal)
        except Away as error:
            if as_json:
                click.echo(json.dumps({"title": "Server away", "detail": str(error)}))
            click.echo(f"X   {error}", err=True)
            click.get_current_context().exit(codes.ERROR)

    return with_shell


def refuse(shell: Shell, refusal: Refused, code: int | None = None) -> NoReturn:
    """Say why the server refused, place by place, and leave with `code`, else with the refusal's own."""
    if shell.as_json:
        click.echo(json.dumps(refusal.problem, ensure_ascii=False, indent=2))
    else:
        for line in worded(refusal.problem):
            click.echo(line, err=True)
    click.get_current_context().exit(codes.of_refusal(refusal.status) if code is None else code)


def worded(problem: Mapping[str, Any]) -> list[str]:
    """A problem document in lines: the sentence, then each wrong place or reason."""
    lines = [f"X   {printable(problem.get('detail') or problem.get('title'))}"]
    wrong = problem.get("errors") or []
    for error in wrong[:MOST_ERRORS]:
        lines.append(f"      {printable(error.get('pointer') or '/')}  {printable(error.get('detail', ''))}")
    if len(wrong) > MOST_ERRORS:
        lines.append(f"      and {len(wrong) - MOST_ERRORS} more")
    lines.extend(f"      {printable(reason)}" for reason in problem.get("reasons") or [])
    return lines
