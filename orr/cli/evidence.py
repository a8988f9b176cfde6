"""`plura orr evidence ID ITEM`: push a result or a number, or attest an item in words."""

from datetime import UTC, datetime
from typing import IO, Any

import click

from orr.cli import codes
from orr.cli.formats import NotUnderstood, understand
from orr.cli.paint import MARK, printable
from orr.cli.shell import Shell, verb

FORMATS = ["junit", "sarif", "opa-test", "in-toto"]


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
@verb
def evidence(
    shell: Shell, review_id: str, item: str, file: IO[bytes] | None, statement: str | None, **said: Any
) -> None:
    """Send a result for ITEM (such as G3.3) of a review; what was understood is shown first.

    Exit code 0: it was taken, whatever its verdict; `status` says what the review makes of it.
    """
    if sum(given is not None for given in (file, said["value"], statement)) != 1:
        raise click.UsageError("Give a FILE, or --value, or --statement: one of them.")
    told, words = _attested(statement) if statement is not None else _measured(file, said)
    common = {
        "id": review_id,
        "item": item,
        "measured_on": said["measured_on"],
        "measured_at": said["measured_at"] or _now(),
    }
    given = {"url": said["url"], "passed": said["passed"], "subject_digests": list(said["digests"]) or None}
    body = {**common, **told, **{name: value for name, value in given.items() if value is not None}}
    shell.say(f"{item}  {body['format']}: {words}")
    answer = shell.server.post("/v1/orr/evidence", body)
    verdict, reason = str(answer["verdict"]), printable(answer.get("reason") or "")
    line = f"{shell.paint.mark(MARK.get(verdict, '..'), 4)}{item}  {verdict.replace('_', ' ')}  {reason}"
    shell.say(line.rstrip())
    shell.finish(answer, codes.OK)


def _attested(statement: str) -> tuple[dict[str, Any], str]:
    return {"format": "attestation", "content": statement}, statement


def _measured(file: IO[bytes] | None, said: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """What the file or the number says. Raises UsageError where the file is in no known format."""
    if file is None:
        told = {"format": "number", "value": said["value"], "unit": said["unit"]}
        return {
            k: v for k, v in told.items() if v is not None
        }, f"{said['value']} {said['unit'] or ''}".rstrip()
    try:
        content = file.read().decode("utf-8")
        found = understand(content)
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{file.name} is not UTF-8 text.") from error
    except NotUnderstood as error:
        raise click.UsageError(f"{file.name}: {error}.") from error
    if said["stated"] not in (None, found.format):
        raise click.UsageError(f"{file.name} is {found.format}, not {said['stated']}.")
    return {"format": found.format, "content": content}, found.words


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
