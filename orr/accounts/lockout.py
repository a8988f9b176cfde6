"""Lock-out: how often a proof may be tried in vain before its door stays shut for a while."""

import hashlib
from datetime import timedelta

from django.db import connection

from orr.accounts.models import Lockout
from orr.lib import clock
from orr.lib.errors import TooMany
from orr.lib.sentence import say

WINDOW = timedelta(minutes=15)
KEPT = timedelta(days=1)
# What is tried → how many times within the window before it is locked for a whole window.
LIMITS = {"password": 5, "code": 5, "step_up": 10}

# One statement, so that tries at the same moment are all counted; the moment of the last allowed failure
# begins the lock, and later ones do not prolong it.
COUNT = """
INSERT INTO accounts_lockout AS l (key, failures, since) VALUES (%(key)s, 1, clock_timestamp())
ON CONFLICT (key) DO UPDATE SET
  failures = CASE WHEN l.since <= clock_timestamp() - %(window)s::interval THEN 1 ELSE l.failures + 1 END,
  since = CASE WHEN l.since <= clock_timestamp() - %(window)s::interval OR l.failures + 1 = %(limit)s
          THEN clock_timestamp() ELSE l.since END
RETURNING failures
"""


def attempt(kind: str, who: str) -> None:
    """Count a try before it is made; `clear` takes it back when it succeeds.

    Counted first, tries at the same moment cannot all pass the check before one of them has failed.
    Raises TooMany, and then nothing may be tried.
    """
    if failed(kind, who) > LIMITS[kind]:
        raise _too_many()


def check(kind: str, who: str) -> None:
    """Raise TooMany while this is locked for them."""
    begun = clock.now() - WINDOW
    if Lockout.objects.filter(key=_key(kind, who), failures__gte=LIMITS[kind], since__gt=begun).exists():
        raise _too_many()


def failed(kind: str, who: str) -> int:
    """Count one try in vain; how many there were within the window, this one included."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"key": _key(kind, who), "window": str(WINDOW), "limit": LIMITS[kind]})
        count: int = cursor.fetchone()[0]
    return count


def clear(kind: str, who: str) -> None:
    """Forget the tries of who has proven themselves, and all that are long over."""
    Lockout.objects.filter(key=_key(kind, who)).delete()
    Lockout.objects.filter(since__lt=clock.now() - KEPT).delete()


def _key(kind: str, who: str) -> str:
    return hashlib.sha256(f"{kind}:{who.lower()}".encode("utf-8", "surrogatepass")).hexdigest()


def _too_many() -> TooMany:
    return TooMany(say("Too many wrong tries; wait %(minutes)s minutes.", minutes=15))
