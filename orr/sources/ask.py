"""One harmless question to a source, by its kind: is it there, and what does it say of itself."""

import json
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db import connections

from orr.lib.egress import EgressFailed
from orr.lib.errors import OrrError, Unavailable
from orr.lib.sentence import Sentence, say
from orr.sources import database, questions
from orr.sources.source import Source

logger = logging.getLogger(__name__)
AT_ONCE = 16


@dataclass(frozen=True)
class Asked:
    """Whether the source answered as its kind does, what it said, and after how many milliseconds."""

    ok: bool
    said: Sentence
    milliseconds: int


def ask(source: Source) -> Asked:
    """Ask the source once, within its own timeout. Raises nothing: a failure is an answer too."""
    began = time.monotonic()
    try:
        said = _QUESTIONS.get(source.kind, _anything)(source)
        ok = True
    except OrrError as error:
        said, ok = error.sentence, False
    except Exception as error:
        # What an entry can be wrong in has no end, and one source hides none of the others.
        logger.exception("%s could not be asked", source.name)
        why = {"name": source.name, "why": type(error).__name__}
        said, ok = say("%(name)s could not be asked (%(why)s); the log says more.", **why), False
    return Asked(ok, said, round((time.monotonic() - began) * 1000))


def ask_all(sources: Sequence[Source]) -> dict[str, Asked]:
    """Ask all of them at once; by name, in their order."""
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return dict(zip([one.name for one in sources], pool.map(_in_thread, sources), strict=True))


def _in_thread(source: Source) -> Asked:
    try:
        return ask(source)
    finally:
        connections.close_all()


def _prometheus(source: Source) -> Sentence:
    answer = source.fetch("GET", "/api/v1/query?query=vector(1)")
    try:
        status = json.loads(answer.body)["status"] if answer.status == 200 else None
    except (ValueError, KeyError, TypeError):
        status = None
    if status != "success":
        raise Unavailable(say("HTTP %(status)s, but no answer of a query API.", status=answer.status))
    return say("The query API answers.")


def _oci(source: Source) -> Sentence:
    answer = source.fetch("GET", "/v2/")
    if answer.status != 200:
        raise Unavailable(say("HTTP %(status)s, but no registry that lets us in.", status=answer.status))
    return say("The registry answers.")


def _postgres(source: Source) -> Sentence:
    with database.connect(source) as connection:
        row = connection.execute("SELECT current_user, current_setting('server_version')").fetchone()
    if row is None:
        raise Unavailable(say("The database gave no row."))
    return say("PostgreSQL %(version)s, as %(user)s.", version=str(row[1]), user=str(row[0]))


def _anything(source: Source) -> Sentence:
    if not source.url.startswith(("http://", "https://")):
        raise EgressFailed(
            "connect", say("There is no way to ask a source of kind %(kind)s.", kind=source.kind)
        )
    return say("HTTP %(status)s.", status=source.fetch("GET", "").status)


_QUESTIONS: dict[str, Callable[[Source], Sentence]] = {
    "prometheus": _prometheus,
    "oci": _oci,
    "postgres": _postgres,
    "opa": questions.opa,
    "ofrep": questions.ofrep,
    "opencost": questions.opencost,
    "focus": questions.focus,
    "pgbackrest": questions.pgbackrest,
    "barman": questions.barman,
    "kubernetes": questions.kubernetes,
    "runbooks": questions.runbooks,
    "icalendar": questions.icalendar,
}
