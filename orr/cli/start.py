"""`plura orr start FILE|--from-git`: open a review, and with --wait watch its evidence come in."""

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import click

from orr.cli import codes, drawing
from orr.cli import from_git as release
from orr.cli.git import NoRelease
from orr.cli.live import Line, Screen
from orr.cli.paint import MARK, pad, printable
from orr.cli.shell import Shell, verb
from orr.cli.verdict import last_line

LOOK_SECONDS = 1.0


@click.command()
@click.argument("file", type=click.File("rb"), required=False)
@click.option("--profile", help="A profile to review by, beside those that the change set asks for.")
@click.option("--re-review-of", metavar="ID", help="The review that this one follows.")
@click.option("--wait", "watch", is_flag=True, help="Stay until the evidence is collected.")
@click.option("--timeout", type=click.FloatRange(min=0), default=900.0, help="Seconds to stay at most (900).")
@click.option("--from-git", is_flag=True, help="Make the change set from a git repository and its tags.")
@click.option("--repository", type=click.Path(path_type=Path), default=Path(), help="Its folder (here).")
@click.option("--from", "before", metavar="TAG", help="What is there now; the tag before unless said.")
@click.option("--to", "after", metavar="TAG", help="What goes out; the last tag unless said.")
@click.option("--environment", help="Where it goes; needed with --from-git.")
@click.option(
    "--service", "services", multiple=True, metavar="ID", help="A service; may be given several times."
)
@click.option("--item", help="The item's name; the repository's unless said.")
@click.option(
    "--kind", type=click.Choice(["artifact", "image", "config", "rule", "model"]), default="artifact"
)
@click.option("--target", help="Where the item lives, such as registry/search-api:stable.")
@click.option("--digest", metavar="sha256:…", help="The digest of what goes out.")
@click.option("--title", help="The review's title; the item and its version unless said.")
@click.option("--dry-run", is_flag=True, help="Print the change set and send nothing.")
@click.option("--yes", is_flag=True, help="Send it without asking.")
@verb
def start(
    shell: Shell, file: IO[bytes] | None, profile: str | None, re_review_of: str | None, watch: bool,
    timeout: float, from_git: bool, dry_run: bool, **said: Any,
) -> None:  # fmt: skip
    """Open a review of the change set in FILE (- or nothing reads standard input), or of a repository."""
    sent = _made(shell, said, file, dry_run) if from_git else _given(file, said)
    if dry_run:
        click.echo(json.dumps(sent, ensure_ascii=False, indent=2))
        click.get_current_context().exit(codes.OK)
    body = {"change_set": sent, "profile": profile}
    if re_review_of:
        body["re_review_of"] = re_review_of
    opened = shell.server.post("/v1/orr/start", body)
    review = shell.server.get("/v1/orr/checklist", id=opened["id"])
    shell.say(drawing.heading(review))
    shell.say(" " * 9 + shell.paint.dim(opened["url"]))
    shell.say(" " * 9 + shell.paint.dim(opened["change_set_digest"]))
    if not watch:
        shell.finish(opened, codes.of_review(review))
    shell.say()
    review = _collected(shell, review, timeout)
    _conclude(shell, review, opened["url"])
    shell.finish(review, codes.of_review(review))


def _given(file: IO[bytes] | None, said: Mapping[str, Any]) -> Any:
    """The change set of the file. Raises UsageError, also for what only a repository can be asked."""
    only = ("before", "after", "environment", "item", "target", "digest", "title")
    if any(said[name] for name in only) or said["services"]:
        raise click.UsageError("--from, --to, --environment and the like go with --from-git.")
    return _change_set(file or click.open_file("-", "rb"))


def _made(shell: Shell, said: Mapping[str, Any], file: IO[bytes] | None, dry_run: bool) -> Any:
    """The change set of the repository, shown and agreed to. Raises UsageError with what is missing."""
    if file is not None:
        raise click.UsageError("Give a FILE or --from-git, not both.")
    if not said["environment"]:
        raise click.UsageError("--from-git needs --environment: a repository does not say where it goes.")
    names = ("environment", "before", "after", "item", "kind", "target", "digest", "title", "services")
    try:
        made = release.change_set(said["repository"], release.Wanted(**{name: said[name] for name in names}))
    except NoRelease as error:
        raise click.UsageError(printable(error)) from error
    if not dry_run:
        _agreed(shell, made, yes=said["yes"])
    return made


def _agreed(shell: Shell, made: Mapping[str, Any], *, yes: bool) -> None:
    """Show what is about to be sent, and ask. Raises UsageError where nobody can be asked, Abort for no."""
    # Before anybody reads all of it: is there a server to send it to?
    assert shell.server  # noqa: S101  raises where the environment names none
    for line in release.lines(made):
        shell.say(line)
    if yes:
        return
    if shell.as_json or not sys.stdin.isatty():
        raise click.UsageError("Nobody can be asked here: look with --dry-run, then send with --yes.")
    click.confirm("Open a review of this?", abort=True)


def _change_set(file: IO[bytes]) -> Any:
    """The JSON of the file. Raises UsageError where it isn't an object; the server judges the rest."""
    try:
        value = json.loads(file.read().decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"{file.name} is not readable JSON: {error}") from error
    if not isinstance(value, dict):
        raise click.UsageError(f"{file.name} holds no change set (a JSON object).")
    # What an API call would send is taken too.
    inner = value.get("change_set")
    return inner if isinstance(inner, dict) and "items" not in value else value


def _collected(shell: Shell, review: Mapping[str, Any], timeout: float) -> Mapping[str, Any]:
    """The review once nothing of it is being asked any more, or the time is over."""
    screen, begun = Screen(shell), time.monotonic()
    try:
        while True:
            gone = time.monotonic() - begun
            screen.show(_frame(review, shell, gone))
            if not _running(review) or gone >= timeout:
                break
            time.sleep(LOOK_SECONDS)
            review = shell.server.get("/v1/orr/checklist", id=review["id"])
    except KeyboardInterrupt:
        shell.say(f"\nCollecting goes on. Look again: plura orr status {review['id']}")
    screen.leave()
    return review


def _running(review: Mapping[str, Any]) -> bool:
    """Whether an answer can still come by itself; people and pipelines are not waited for here."""
    progress = review["progress"]
    return review["state"] == "checking" and bool(
        progress.get("running", progress["done"] < progress["total"])
    )


def _frame(review: Mapping[str, Any], shell: Shell, gone: float) -> list[Line]:
    done, total = review["progress"]["done"], review["progress"]["total"]
    bar = f"Collecting evidence  {drawing.bar(done, total)}  {done} of {total}"
    if not shell.live:
        gates = [
            Line(f"gate {gate['number']}", f"{gate['number']} {printable(gate['title'])}  {_share(gate)}")
            for gate in review["gates"]
            if gate["verdict"] != "pending"
        ]
        return [Line("bar", f"Collecting evidence  {done} of {total}", drawing.span(gone)), *gates]
    cells = drawing.gate_cells(review, shell.paint, mark_first=False)
    open_items = drawing.with_verdict(review, "pending")[:6]
    return [
        Line("bar", bar, drawing.span(gone)),
        *(Line(f"cells {place}", text) for place, text in enumerate(cells)),
        Line("gap", ""),
        *(
            Line(
                item["code"],
                f"  {item['code']}  {pad(printable(item['title']), 30)}  {_reason(item)}",
            )
            for item in open_items
        ),
    ]


def _share(gate: Mapping[str, Any]) -> str:
    passed, applicable = drawing.counts(gate)
    return f"{passed}/{applicable}  {MARK.get(gate['verdict'], '..')}"


def _reason(item: Mapping[str, Any]) -> str:
    return printable(item.get("reason") or "asking")


def _conclude(shell: Shell, review: Mapping[str, Any], url: str) -> None:
    """What was found, and what comes next."""
    paint = shell.paint
    red, unknown = (
        drawing.with_verdict(review, "red"),
        drawing.with_verdict(review, "pending", "stale", "error"),
    )
    passing = len(drawing.with_verdict(review, "green"))
    shell.say()
    if red:
        shell.say(f"{paint.mark('X', 4)}{len(red)} items red, {passing} pass")
    elif unknown:
        shell.say(f"{paint.mark('..', 4)}{passing} items pass, {len(unknown)} not known yet")
    else:
        shell.say(f"{paint.mark('ok', 4)}{passing} of {passing} items pass")
    for item in (*red, *unknown):
        shell.say(drawing.item_line(item, paint))
    shell.say(f"    {drawing.options_line(review)}")
    shell.say(f"    next  {url}/decide" if red else f"    next  plura orr status {review['id']}")
    mark, sentence = last_line(review)
    shell.say(paint.mark(mark, 4) + sentence)
