"""A harmless question to each kind of source that answers JSON; a look-alike is told from it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from orr.lib.errors import Unavailable
from orr.lib.sentence import Sentence, say
from orr.sources import load
from orr.sources.recovery import BarmanItem, KubernetesItem, PgbackrestItem, RunbooksItem
from orr.sources.schema import CalendarItem, FocusItem, ItemSettings
from orr.sources.source import Source

# A name that nobody uses: asking for it shows who answers, and changes nothing.
NOBODY = "plura-orr-check"
# As much as a reading of cost takes.
MAX_BYTES = 8 * 1024 * 1024


def opa(source: Source) -> Sentence:
    """An undefined document: the answer has no result, and says which version answers. Raises OrrError."""
    status, found = _json(source, "GET", f"/v1/data/{NOBODY}?provenance=true")
    provenance = found.get("provenance")
    version = provenance.get("version") if isinstance(provenance, dict) else None
    if status != 200 or not isinstance(version, str):
        raise Unavailable(say("HTTP %(status)s, but no answer of Open Policy Agent.", status=status))
    return say("Open Policy Agent %(version)s answers.", version=version[:50])


def ofrep(source: Source) -> Sentence:
    """A flag that nobody has: a flag server says so, in OFREP's form. Raises OrrError."""
    body = {"context": {"targetingKey": NOBODY}}
    status, found = _json(source, "POST", f"/ofrep/v1/evaluate/flags/{NOBODY}", body)
    known = found.get("errorCode") == "FLAG_NOT_FOUND" or (status == 200 and found.get("key") == NOBODY)
    if status not in (200, 404) or not known:
        raise Unavailable(say("HTTP %(status)s, but no answer of a flag server.", status=status))
    return say("The flag server answers.")


def opencost(source: Source) -> Sentence:
    """The allocations of the last hour. Raises OrrError."""
    status, found = _json(source, "GET", "/allocation?window=60m&aggregate=cluster")
    if status != 200 or found.get("code") != 200 or not isinstance(found.get("data"), list):
        raise Unavailable(say("HTTP %(status)s, but no answer of OpenCost.", status=status))
    return say("OpenCost answers.")


def focus(source: Source) -> Sentence:
    """The newest file that an item reads there; where none does, whether anybody answers. Raises OrrError."""
    files = next((one for one in _read_there(source) if isinstance(one, FocusItem)), None)
    if files is None:
        return say("HTTP %(status)s.", status=source.fetch("GET", "").status)
    newest = datetime.now(UTC) - timedelta(days=files.lag + 1)
    answer = source.fetch("GET", files.paths[0].replace("{month}", f"{newest:%Y-%m}"), max_bytes=MAX_BYTES)
    if answer.status != 200 or b"BilledCost" not in answer.body.partition(b"\n")[0]:
        raise Unavailable(say("HTTP %(status)s, but no file of FOCUS cost rows.", status=answer.status))
    return say("FOCUS cost rows, %(n)s bytes.", n=len(answer.body))


def pgbackrest(source: Source) -> Sentence:
    """What pgBackRest told, as an item reads it; where none does, whether anybody answers."""
    told = next((one for one in _read_there(source) if isinstance(one, PgbackrestItem)), None)
    if told is None:
        return say("HTTP %(status)s.", status=source.fetch("GET", "").status)
    status, found = _any_json(source, "GET", told.path)
    if status != 200 or not isinstance(found, list):
        raise Unavailable(say("HTTP %(status)s, but no answer of pgBackRest.", status=status))
    names = ", ".join(str(one.get("name")) for one in found if isinstance(one, dict))[:200]
    return say("pgBackRest tells of these stanzas: %(names)s.", names=names or "–")


def barman(source: Source) -> Sentence:
    """The checks of Barman, as an item reads them; where none does, whether anybody answers."""
    told = next((one for one in _read_there(source) if isinstance(one, BarmanItem)), None)
    if told is None:
        return say("HTTP %(status)s.", status=source.fetch("GET", "").status)
    status, found = _json(source, "GET", told.check)
    if status != 200 or not found:
        raise Unavailable(say("HTTP %(status)s, but no answer of Barman.", status=status))
    return say("Barman tells of these servers: %(names)s.", names=", ".join(found)[:200])


def kubernetes(source: Source) -> Sentence:
    """One object that an item reads there; where none does, which version answers. Raises OrrError."""
    read = next((one for one in _read_there(source) if isinstance(one, KubernetesItem)), None)
    if read is None:
        status, found = _json(source, "GET", "/version")
        if status != 200 or not isinstance(found.get("gitVersion"), str):
            raise Unavailable(say("HTTP %(status)s, but no answer of Kubernetes.", status=status))
        return say("Kubernetes %(version)s answers.", version=found["gitVersion"][:50])
    status, found = _json(source, "GET", f"{read.address}?limit=1")
    if status != 200 or not str(found.get("kind")).endswith("List"):
        raise Unavailable(say("HTTP %(status)s, but no answer of Kubernetes.", status=status))
    return say("Kubernetes lists %(what)s in %(namespace)s.", what=read.resource, namespace=read.namespace)


def runbooks(source: Source) -> Sentence:
    """The first page that an item reads there; where none does, whether anybody answers. Raises OrrError."""
    read = next((one for one in _read_there(source) if isinstance(one, RunbooksItem)), None)
    named = [path for one in read.services.values() for path in (one.runbook, one.continuity)] if read else []
    path = next((path for path in named if path), "")
    answer = source.fetch("GET", path)
    if path and answer.status != 200:
        raise Unavailable(say("HTTP %(status)s for %(path)s.", status=answer.status, path=path))
    if path and "last-modified" not in answer.headers:
        raise Unavailable(say("%(path)s does not say when it was written (Last-Modified).", path=path))
    return say("HTTP %(status)s.", status=answer.status)


def _read_there(source: Source) -> list[ItemSettings]:
    """The settings of the items that read this source."""
    return [item.settings for item in load.sources().by_item.values() if item.source.name == source.name]


def icalendar(source: Source) -> Sentence:
    """Every file that an item reads there; where none does, whether anybody answers. Raises OrrError."""
    read = _read_there(source)
    feeds = [feed for settings in read if isinstance(settings, CalendarItem) for feed in settings.feeds]
    if not feeds:
        return say("HTTP %(status)s.", status=source.fetch("GET", "").status)
    for feed in feeds:
        answer = source.fetch("GET", feed.path, max_bytes=MAX_BYTES)
        if answer.status != 200 or not answer.body.lstrip(b"\xef\xbb\xbf\r\n ").startswith(
            b"BEGIN:VCALENDAR"
        ):
            raise Unavailable(
                say(
                    "HTTP %(status)s, but no iCalendar file at %(path)s.",
                    status=answer.status,
                    path=feed.path,
                )
            )
    return say("%(n)s calendar files answer.", n=len(feeds))


def _json(source: Source, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
    """Status and JSON object of an answer; an empty object where it is none."""
    status, found = _any_json(source, method, path, body)
    return status, found if isinstance(found, dict) else {}


def _any_json(source: Source, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Status and JSON of an answer; None where it is none."""
    content = b"" if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} if content else {}
    answer = source.fetch(method, path, headers=headers, content=content)
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        found = None
    return answer.status, found
