"""Wrong proofs are counted: ten of them close the door for 15 minutes."""

from datetime import timedelta

from django.core.cache import cache

from orr.accounts.models import User
from orr.lib.errors import TooMany
from orr.lib.sentence import say

ATTEMPTS = 10
WINDOW = timedelta(minutes=15)


def check(user: User) -> None:
    """Raise TooMany after ten wrong proofs in 15 minutes."""
    if cache.get(_key(user), 0) >= ATTEMPTS:
        raise TooMany(say("Too many wrong proofs; wait %(minutes)s minutes.", minutes=15))


def failed(user: User) -> None:
    """Count one wrong proof."""
    cache.add(_key(user), 0, WINDOW.total_seconds())
    cache.incr(_key(user))


def clear(user: User) -> None:
    """Forget the wrong ones: the person has proved themselves."""
    cache.delete(_key(user))


def _key(user: User) -> str:
    return f"stepup:{user.pk}"
