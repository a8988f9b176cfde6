"""Recovery: a person starts anew, with nothing left of what somebody else may have got hold of."""

from collections.abc import Callable
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator

from orr.accounts import connections, lockout, sessions
from orr.accounts.models import User
from orr.lib import clock

WAIT = timedelta(hours=24)


def _nothing_else(_user: User) -> None:
    """Until the wiring names what else a person may have given away."""


# Set by the wiring, since deputies stand above: whom the person named, and who named them.
also_ends: Callable[[User], None] = _nothing_else


def start_anew(user: User) -> datetime:
    """End all that the person had or had given away but their roles; from when they sign again.

    To be called in the transaction that gives them the new way in, with their row locked.
    """
    sessions.end_all(user)
    now = clock.now()
    user.tokens.filter(revoked_at=None).update(revoked_at=now)
    Authenticator.objects.filter(user=user).delete()
    connections.end_all(user)
    also_ends(user)
    for kind, who in (("password", user.username), ("code", str(user.pk)), ("step_up", str(user.pk))):
        lockout.clear(kind, who)
    user.signs_from = max(now + WAIT, user.signs_from or now)
    user.save(update_fields=["signs_from"])
    return user.signs_from
