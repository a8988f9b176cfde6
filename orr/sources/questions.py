"""A harmless question to each kind of source that answers JSON; a look-alike is told from it."""

import json
from typing import Any

from orr.lib.errors import Unavailable
from orr.lib.sentence import Sentence, say
from orr.sources.source import Source

# A name that nobody uses: asking for it shows who answers, and changes nothing.
NOBODY = "plura-orr-check"


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


def _json(source: Source, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
    """Status and JSON object of an answer; an empty object where it is none."""
    content = b"" if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} if content else {}
    answer = source.fetch(method, path, headers=headers, content=content)
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        found = {}
    return answer.status, found if isinstance(found, dict) else {}
