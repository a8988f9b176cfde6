"""`plura orr evidence ID ITEM`: push a result or a number, or attest an item in words."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import IO, Any

import click

from orr.cli import codes, formats
from orr.cli.paint import MARK, printable
from orr.cli.shell import Shell, verb

FORMATS = ["junit", "sarif", "opa-test", "in-toto", "number"]
# A request holds at most 1 MiB, and what stands around the content needs some of it.
MOST_BYTES = 1024 * 1024 - 4096


@click.command()
@click.argument("review_id", metavar="ID")
@click.argument("item", metavar="ITEM")
@click.argument("file", type=click.File("rb"), required=False)
@click.option(
    "--format", "stated", type=click.Choice(FORMATS), help="The file's format; else it is detected."
)
@click.option("--value", type=float, help="A number instead of a file.")
@click.option("--unit", help="The number's unit.")
@click.option("--passed/--failed", default=None, help="What was found, where a number alone doesn't say.")
@click.option(
    "--measured-on", type=click.Choice(["baseline", "candidate"]), default="candidate", show_default=True
)
@click.option("--measured-at", metavar="TIME", help="RFC 3339; now unless said.")
@click.option(
    "--digest", "digests", multiple=True, help="A digest the result is about; may be given several times."
)
@click.option("--url", help="Where people can look at it.")
@click.option("--statement", help="An attestation in your own words, instead of a result.")
@click.option(
    "--yes", is_flag=True, help="Send without asking; a pipeline, without a terminal, is never asked."
)
@click.option("--dry-run", is_flag=True, help="Show what the server understands, and send nothing to keep.")
@verb
def evidence(
    shell: Shell, review_id: str, item: str, file: IO[bytes] | None, statement: str | None,
    yes: bool, dry_run: bool, **said: Any,
) -> None:  # fmt: skip
    """Send a result for ITEM (such as G3.3) of a review; what the server understands is shown first.

    Exit code 0: it was taken, whatever its verdict; `status` says what the review makes of it. 2: it was
    not understood, could be in several formats, or was refused. 1: the server is away, or you said no.
    """
    if sum(given is not None for given in (file, said["value"], statement)) != 1:
        raise click.UsageError("Give a FILE, or --value, or --statement: one of them.")
    if statement is not None and dry_run:
        raise click.UsageError("A statement is in your own words; there is nothing to understand.")
    told = _attested(statement) if statement is not None else _measured(file, said)
    body = {**_common(review_id, item, said), **told}
    if statement is None:
        _show(shell, body, dry_run)
    else:
        shell.say(f"{item}  attestation: {printable(statement)}")
    if not (yes or shell.as_json) and at_a_terminal():
        click.confirm("Send it?", abort=True)
    answer = shell.server.post("/v1/orr/evidence", body)
    shell.say(_judged(shell, item, answer))
    shell.finish(answer, codes.OK)


def _show(shell: Shell, body: Mapping[str, Any], only: bool) -> None:
    """What the server makes of it, by the same reading as when it is kept; leaves after it if `only`."""
    seen = shell.server.post("/v1/orr/evidence", {**body, "dry_run": True})
    shell.say(f"{printable(seen['item'])}  {printable(seen['format'])}: {_words(seen)}")
    if seen["detail"]:
        shell.say(f"      {printable(seen['detail'])}")
    for digest in seen["subject_digests"]:
        shell.say(f"      of {printable(digest)}")
    shell.say(f"      measured {printable(seen['measured_at'])} on the {printable(seen['measured_on'])}")
    shell.say(f"  would be: {_judged(shell, str(seen['item']), seen)}")
    if only:
        shell.finish(seen, codes.OK)


def _words(seen: Mapping[str, Any]) -> str:
    """``37 / 38 passed`` of tests, else the number with its unit, else yes or no."""
    if seen["text"]:
        return f"{printable(seen['text'])} passed"
    if seen["value"] is not None:
        return f"{seen['value']:g} {printable(seen['unit'])}".rstrip()
    return {True: "passed", False: "failed"}.get(seen["passed"], "not said")


def _judged(shell: Shell, item: str, answer: Mapping[str, Any]) -> str:
    verdict, reason = str(answer["verdict"]), printable(answer.get("reason") or "")
    mark = shell.paint.mark(MARK.get(verdict, ".."), 4)
    return f"{mark}{item}  {printable(verdict).replace('_', ' ')}  {reason}".rstrip()


def _common(review_id: str, item: str, said: Mapping[str, Any]) -> dict[str, Any]:
    given = {"url": said["url"], "passed": said["passed"], "subject_digests": list(said["digests"]) or None}
    return {
        "id": review_id,
        "item": item,
        "measured_on": said["measured_on"],
        "measured_at": said["measured_at"] or _now(),
        **{name: value for name, value in given.items() if value is not None},
    }


def _attested(statement: str) -> dict[str, Any]:
    return {"format": "attestation", "content": statement}


def _measured(file: IO[bytes] | None, said: Mapping[str, Any]) -> dict[str, Any]:
    """The result as it is sent. Raises UsageError where its format is not clear."""
    unit = {} if said["unit"] is None else {"unit": said["unit"]}
    if file is None:
        return {"format": "number", "value": said["value"], **unit}
    content = _text(file)
    found = said["stated"] or _format(file.name, content)
    if found != "number":
        return {"format": found, "content": content, **unit}
    value = formats.number(content)
    if value is None:
        raise click.UsageError(f"{file.name} holds no number, and nothing but a number.")
    return {"format": "number", "value": value, **unit}


def _text(file: IO[bytes]) -> str:
    raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise click.UsageError(f"{file.name} is larger than {MOST_BYTES} bytes, which no request holds.")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{file.name} is not UTF-8 text.") from error


def _format(name: str, content: str) -> str:
    """The one format that the content can be in. Raises UsageError for none, and for several."""
    found = formats.candidates(content)
    if len(found) == 1:
        return found[0]
    if found:
        could = " or ".join(found)
        raise click.UsageError(f"{name} could be {could}: say which by --format.")
    known = ", ".join(FORMATS)
    raise click.UsageError(f"{name} is in no format that is known here ({known}); --format names one.")


def at_a_terminal() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
