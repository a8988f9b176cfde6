"""What was refused to whom, and why: noted where it is refused, written once the answer is made.

It is written outside the refused act's transaction, which left nothing behind. A person who asks for the
same thing again within a minute is counted once, and sixty kinds a minute at most: beyond that only the log
has the lines, so that nobody fills the table.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from orr.accounts.models import ApiToken, User
from orr.lib import request_id
from orr.lib.errors import Hidden, NotSignedIn, OrrError
from orr.lib.sentence import Sentence, say

logger = logging.getLogger("orr.denials")
# 404 only for what is there, for others; wrong input (400, 422) is no refusal to a person.
KEPT = frozenset({403, 409, 429})
MOST_A_MINUTE = 60
_INSERT = """
WITH latest AS (
  SELECT route, subject, status, reason FROM accounts_denial
  WHERE person_id = %(person)s AND at > clock_timestamp() - interval '1 minute')
INSERT INTO accounts_denial (at, person_id, via, method, route, subject, status, reason, request_id)
SELECT clock_timestamp(), %(person)s, %(via)s, %(method)s, %(route)s, %(subject)s, %(status)s,
       %(reason)s::jsonb, %(request_id)s
WHERE (SELECT count(*) FROM latest) < %(most)s AND NOT EXISTS (
  SELECT 1 FROM latest WHERE route = %(route)s AND subject = %(subject)s AND status = %(status)s
                         AND reason = %(reason)s::jsonb)
"""
_UNWORDED = {
    403: say("You may not do this."),
    409: say("It does not fit what is true now."),
    429: say("Too many requests; please wait a moment."),
}


@dataclass
class Noted:
    """What is known of a request's refusal before its answer is made."""

    error: OrrError | None = None
    subject: str = ""


_noted: ContextVar[Noted | None] = ContextVar("orr_denial", default=None)


@contextmanager
def noting() -> Iterator[Noted]:
    """For the time of one request: what is noted in it."""
    noted = Noted()
    token = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(token)


def note(error: OrrError) -> None:
    """Remember why the request is refused; the last one said is the one that is shown."""
    noted = _noted.get()
    if noted is not None:
        noted.error = error


def about(subject: str) -> None:
    """Remember what the request is about, a review's code."""
    noted = _noted.get()
    if noted is not None:
        noted.subject = subject[:64]


def is_refusal(noted: Noted, status: int) -> bool:
    """Whether an answer of this status refuses something to somebody."""
    if status in KEPT:
        return True
    # A poll of a page that was signed out is no refusal to anybody: nothing was noted of it.
    return isinstance(noted.error, {401: NotSignedIn, 404: Hidden}.get(status, ()))


def write(
    noted: Noted, *, person: User | None, via: str, method: str, route: str, path: str, status: int
) -> None:
    """Log the refusal as one JSON line, and keep it where it is known to whom."""
    reason = noted.error.sentence if noted.error else _UNWORDED.get(status, say("You may not do this."))
    line = {
        "denied": noted.error.slug if noted.error else "refused",
        "status": status,
        "via": via,
        "method": method,
        "route": route,
        "path": path,
        "subject": noted.subject or None,
        "person": str(person.pk) if person else None,
        "why": reason.msgid,
        "request_id": request_id.current() or None,
    }
    logger.warning("%s", json.dumps(line))
    if person is not None:
        _keep(noted, person, via, method, route, status, reason)


def _keep(
    noted: Noted, person: User, via: str, method: str, route: str, status: int, reason: Sentence
) -> None:
    row: dict[str, str | int | UUID] = {
        "person": person.pk,
        "via": via,
        "method": method[:8],
        "route": route[:200],
        "subject": noted.subject,
        "status": status,
        "reason": json.dumps(reason.as_json()).replace("\\u0000", ""),
        "request_id": request_id.current(),
        "most": MOST_A_MINUTE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, row)


def owner_of(raw: str) -> User | None:
    """Whose token this is, or begins like; the rest of it may be wrong. None for one of nobody."""
    if not raw.startswith("orr_") or len(raw) < PREFIX:
        return None
    owners = {token.user for token in ApiToken.objects.select_related("user").filter(prefix=raw[:PREFIX])}
    return owners.pop() if len(owners) == 1 else None


PREFIX = 10
