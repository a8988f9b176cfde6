"""`plura orr init`: from one Prometheus to a first sources file and the minimal profile in use."""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from orr.cli import codes, first_files
from orr.cli.first_files import PROFILE, Wanted
from orr.cli.first_look import ENOUGH, WINDOWS, Found, NoPrometheus, is_internal, is_loopback, look
from orr.cli.paint import printable
from orr.sources.own import is_own_name
from orr.sources.source import Source


@dataclass(frozen=True)
class Talk:
    """How one run speaks: to a person who can be asked, or to a program."""

    as_json: bool
    asks: bool

    def tell(self, line: str) -> None:
        """A line for people."""
        if not self.as_json:
            click.echo(line)


@click.command()
@click.option("--prometheus", "url", metavar="URL", help="Its address; asked for unless said.")
@click.option("--selector", default="", help="""Of the probes only these, such as job="blackbox".""")
@click.option("--internal", is_flag=True, help="It may stand inside the network (private or loopback).")
@click.option("--secret-env", metavar="NAME", help="The variable that holds its bearer token.")
@click.option("--state", metavar="DIR", help="The state directory: else PLURA_STATE, else var/.")
@click.option("--overwrite", is_flag=True, help="Replace files that say something else, keeping a copy.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written and nothing else.")
def init(
    url: str | None, selector: str, internal: bool, secret_env: str | None,
    state: str | None, overwrite: bool, as_json: bool,
) -> None:  # fmt: skip
    """Write a first sources file and profile, after asking one Prometheus and trying it.

    Nothing is replaced unasked; a second run with the same answers changes nothing. Exit codes: 0 done,
    1 the Prometheus does not answer or you said no, 2 wrong input.
    """
    talk = Talk(as_json, asks=not as_json and at_a_terminal())
    wanted = _wanted(talk, url, selector, internal, secret_env)
    try:
        found = look(_source(wanted), selector)
    except NoPrometheus as error:
        click.echo(f"X   {wanted.url}: {printable(error)} Nothing was written.", err=True)
        click.get_current_context().exit(codes.ERROR)
    _say_found(talk, found)
    sources, profile = first_files.places(state)
    written = {
        str(path): _put(talk, path, text, overwrite)
        for path, text in ((profile, PROFILE), (sources, first_files.sources_text(wanted, found)))
    }
    talk.tell("next  python3 manage.py sources check, then step 3 of docs/first-review.md")
    if as_json:
        told = {"files": written, "jobs": found.jobs, "window": found.window, "attempts": found.attempts}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    click.get_current_context().exit(codes.OK)


def at_a_terminal() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty()


def _wanted(talk: Talk, url: str | None, selector: str, internal: bool, secret_env: str | None) -> Wanted:
    """The answers, asked for where they are lacking. Raises UsageError."""
    if not url and not talk.asks:
        raise click.UsageError("Without a terminal the address comes by --prometheus URL.")
    address = (url or click.prompt("Address of a Prometheus", default="http://localhost:9090")).rstrip("/")
    if not address.startswith(("http://", "https://")) or not address.isprintable() or "@" in address:
        raise click.UsageError("An address begins with http:// or https://, and holds no user or secret.")
    if any(c in selector for c in "{}\n") or len(selector) > 500:
        raise click.UsageError("A selector is what stands between { and }, at most 500 characters.")
    if secret_env and is_own_name(secret_env):
        raise click.UsageError(f"{secret_env} is this installation's own secret; it goes to nobody.")
    if secret_env and not os.environ.get(secret_env):
        raise click.UsageError(f"The variable {secret_env} is not set.")
    return Wanted(address, _inside(talk, address, internal), selector, secret_env)


def _inside(talk: Talk, address: str, allowed: bool) -> bool:
    """Whether the file has to allow an inside address; that is said aloud, never assumed."""
    try:
        inside = is_internal(address)
    except NoPrometheus as error:
        raise click.UsageError(f"{address}: {printable(error)}") from error
    if not inside or allowed:
        return inside
    where = "on this machine" if is_loopback(address) else "inside the network"
    if not talk.asks:
        raise click.UsageError(f"{address} stands {where}: allow it by --internal.")
    click.confirm(f"{address} stands {where}. May this source be there?", default=True, abort=True)
    return True


def _source(wanted: Wanted) -> Source:
    secret = os.environ[wanted.secret_env] if wanted.secret_env else None
    return Source("metrics", "prometheus", wanted.url, internal=wanted.internal, secret=secret)


def _say_found(talk: Talk, found: Found) -> None:
    talk.tell("ok  it answers as a Prometheus does")
    if not found.jobs:
        talk.tell("!   it holds no probe_success, so that nothing answers G1.4 yet: let it scrape a")
        talk.tell("    blackbox exporter, and run this again")
        return
    jobs = ", ".join(f"{printable(job) or '(no job)'} ({n})" for job, n in sorted(found.jobs.items()))
    talk.tell(f"ok  probe_success of {jobs}")
    if found.window is None:
        talk.tell(f"!   {found.attempts} attempts in {WINDOWS[-1]}; G1.4 waits until there are {ENOUGH}")
    else:
        talk.tell(f"ok  {found.attempts} attempts in {found.window}; G1.4 asks for {ENOUGH}")


def _put(talk: Talk, path: Path, text: str, overwrite: bool) -> str:
    """What was done: `written`, `replaced`, or `unchanged`. Raises UsageError where it may not be written."""
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else None
        if before == text:
            talk.tell(f"ok  {path} says so already")
            return "unchanged"
        if before is not None and not overwrite:
            if not talk.asks:
                raise click.UsageError(f"{path} is there and says something else: --overwrite replaces it.")
            click.confirm(f"{path} is there and says something else. Replace it?", abort=True)
        first_files.put(path, text, over=before)
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{path} cannot be written: {error}") from error
    kept = f"; what it said stands in {path.name}.before" if before is not None else ""
    talk.tell(f"ok  {path} written{kept}")
    return "written" if before is None else "replaced"
