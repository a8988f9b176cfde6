"""Re-authentication: who changes their factors proves again who they are, by the strongest they have."""

from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from django.http import HttpRequest

from orr.accounts import factors, lockout
from orr.accounts.models import User
from orr.lib.errors import NotAllowed
from orr.lib.sentence import say


def is_fresh(request: HttpRequest) -> bool:
    """Whether the person of this session proved themselves within the last minutes, for this purpose."""
    return bool(did_recently_reauthenticate(request))


def by_password(request: HttpRequest, user: User, password: str) -> None:
    """Take the password as proof. Raises NotAllowed when it is wrong, or a second factor is set up."""
    if factors.of(user).second:
        raise NotAllowed(say("Your second factor is asked here; a password alone does not do."))
    check_password(user, password)
    record_authentication(request, user, method="password", reauthenticated=True)


def by_factor(request: HttpRequest, user: User, factor: Authenticator) -> None:
    """Take the proven factor as proof. Raises NotAllowed for somebody else's."""
    if factor.user_id != user.pk:
        raise NotAllowed(say("The passkey was not accepted. Try again, or use another way."))
    post_authentication(request, factor, reauthenticated=True)


def check_password(user: User, password: str) -> None:
    """Raise NotAllowed unless it is theirs, TooMany after five wrong ones; one count with the sign-in's."""
    lockout.attempt("password", user.username)
    if not password or not user.is_active or not user.check_password(password):
        raise NotAllowed(say("That is not your password."))
    lockout.clear("password", user.username)
