"""Step-up: proof, for this very act, that the person at the keyboard is the one signed in."""

from datetime import timedelta

from django.core.cache import cache

from orr.accounts.models import User
from orr.lib.errors import NotAllowed, TooMany
from orr.lib.sentence import say

ATTEMPTS = 10
WINDOW = timedelta(minutes=15)


def verify(user: User, *, password: str) -> str:
    """The method by which the person was verified (`password`, which counts as weak).

    Raises NotAllowed for a wrong password, TooMany after ten wrong ones in 15 minutes.
    """
    key = f"stepup:{user.pk}"
    if cache.get(key, 0) >= ATTEMPTS:
        raise TooMany(say("Too many wrong passwords; wait %(minutes)s minutes.", minutes=15))
    if not user.is_active or not password or not user.check_password(password):
        cache.add(key, 0, WINDOW.total_seconds())
        cache.incr(key)
        raise NotAllowed(say("That is not your password; nothing was signed."))
    cache.delete(key)
    return "password"
