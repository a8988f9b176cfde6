"""What was refused to whom, and why: noted where it is refused, written once the answer is made.

It is written outside the refused act's transaction, which left nothing behind. Who asks for the same thing
again within a minute is counted once, and sixty kinds a minute at most: beyond that only the log has the
lines, so that nobody fills the table. Who has not proven to be the person they name is counted under the
address they come from: nobody uses up what is kept of another.
"""

import ipaddress
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.utils.crypto import salted_hmac

from orr.accounts.models import User
from orr.lib import request_id
from orr.lib.errors import Hidden, NotSignedIn, OrrError
from orr.lib.sentence import Sentence, say

logger = logging.getLogger("orr.denials")
# 404 only for what is there, for others; wrong input (400, 422) is no refusal to a person.
KEPT = frozenset({403, 409, 429})
MOST_A_MINUTE = 60
# A holder of one address of IPv6 holds its whole network.
NETWORK_OF_IPV6 = 64
_INSERT = """
WITH latest AS (
  SELECT person_id, route, subject, status, reason FROM accounts_denial
  WHERE counted_under = %(counted_under)s AND at > clock_timestamp() - interval '1 minute')
INSERT INTO accounts_denial
  (at, person_id, counted_under, via, method, route, subject, status, reason, request_id)
SELECT clock_timestamp(), %(person)s, %(counted_under)s, %(via)s, %(method)s, %(route)s, %(subject)s,
       %(status)s, %(reason)s::jsonb, %(request_id)s
WHERE (SELECT count(*) FROM latest) < %(most)s AND NOT EXISTS (
  SELECT 1 FROM latest WHERE person_id IS NOT DISTINCT FROM %(person)s AND route = %(route)s
    AND subject = %(subject)s AND status = %(status)s AND reason = %(reason)s::jsonb)
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
    person: User | None = None


@dataclass(frozen=True)
class Whom:
    """The person to whom something was refused, where one is known, and under what it is counted."""

    person: User | None
    counted_under: str


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


def meant(person: User) -> None:
    """Remember who is about to come in: nobody is signed in yet, and they are not proven as a whole."""
    noted = _noted.get()
    if noted is not None:
        noted.person = person


def proven(person: User) -> Whom:
    """Somebody who proved who they are; their refusals are counted for them alone."""
    return Whom(person, person.pk.hex)


def unproven(address: str, person: User | None = None) -> Whom:
    """Somebody who at most says who they are; their refusals are counted under a hash of their address."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        # Behind a proxy of both protocols everybody's address of IPv4 comes wrapped into one network.
        network = ipaddress.ip_network(f"{found}/{NETWORK_OF_IPV6}", strict=False)
        found = found.ipv4_mapped or network.network_address
    return Whom(person, salted_hmac("orr.denials", str(found), algorithm="sha256").hexdigest()[:32])


def is_refusal(noted: Noted, status: int) -> bool:
    """Whether an answer of this status refuses something to somebody."""
    if status in KEPT:
        return True
    # A poll of a page that was signed out is no refusal to anybody: nothing was noted of it.
    return isinstance(noted.error, {401: NotSignedIn, 404: Hidden}.get(status, ()))


def write(
    noted: Noted, *, whom: Whom | None, via: str, method: str, route: str, path: str, status: int
) -> None:
    """Log the refusal as one JSON line, and keep it where it is known to whom it was, or from where."""
    reason = noted.error.sentence if noted.error else _UNWORDED.get(status, say("You may not do this."))
    line = {
        "denied": noted.error.slug if noted.error else "refused",
        "status": status,
        "via": via,
        "method": method,
        "route": route,
        "path": path,
        "subject": noted.subject or None,
        "person": str(whom.person.pk) if whom and whom.person else None,
        "why": reason.msgid,
        "request_id": request_id.current() or None,
    }
    logger.warning("%s", json.dumps(line))
    if whom is not None:
        _keep(noted, whom, via, method, route, status, reason)


def _keep(noted: Noted, whom: Whom, via: str, method: str, route: str, status: int, reason: Sentence) -> None:
    row: dict[str, str | int | UUID | None] = {
        "person": whom.person.pk if whom.person else None,
        "counted_under": whom.counted_under,
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
