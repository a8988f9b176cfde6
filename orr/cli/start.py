"""`plura orr start FILE`: open a review, and with --wait watch its evidence come in."""

import json
import time
from collections.abc import Mapping
from typing import IO, Any

import click

from orr.cli import codes, drawing
from orr.cli.live import Line, Screen
from orr.cli.paint import MARK, pad, printable
from orr.cli.shell import Shell, verb
from orr.cli.verdict import last_line

LOOK_SECONDS = 1.0


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--profile", help="A profile to review by, beside those that the change set asks for.")
@click.option("--re-review-of", metavar="ID", help="The review that this one follows.")
@click.option("--wait", "watch", is_flag=True, help="Stay until the evidence is collected.")
@click.option("--timeout", type=click.FloatRange(min=0), default=900.0, help="Seconds to stay at most (900).")
@verb
def start(
    shell: Shell, file: IO[bytes], profile: str | None, re_review_of: str | None, watch: bool, timeout: float
) -> None:
    """Open a review of the change set in FILE (- reads standard input)."""
    body = {"change_set": _change_set(file), "profile": profile}
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
