"""Signing in: by password, passkey, organisation or one-time link; then by the second factor, if any."""

from allauth.account.internal.flows.login import (
    perform_login,
    perform_password_login,
    record_authentication,
)
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import Login
from allauth.account.stages import LoginStageController
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.webauthn.internal.flows import perform_passwordless_login
from django.conf import settings
from django.contrib.auth import authenticate, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from orr.accounts import connections, denials, lockout
from orr.accounts.models import User
from orr.lib.errors import NotAllowed
from orr.lib.sentence import say


class SecondFactor(AuthenticateStage):  # type: ignore[misc]
    """The stage between the first proof and the session, for whoever has set up a second factor."""

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Ask, or let pass who has none, or whose passkey was both factors in one."""
        if not self._should_handle(self.request):
            return None, True
        return redirect(settings.SECOND_FACTOR_URL), True


def by_password(request: HttpRequest, *, username: str, password: str, to: str) -> HttpResponse:
    """Sign in, or on to the second factor. Raises NotAllowed, or TooMany after five wrong passwords."""
    lockout.attempt("password", username)
    user = None
    if password and "\x00" not in username + password:
        user = authenticate(request, username=username, password=password)
    if not isinstance(user, User):
        raise NotAllowed(say("That name and password do not fit together."))
    lockout.clear("password", username)
    clear_login(request)
    return _answer(perform_password_login(request, {"username": username}, Login(user=user, redirect_url=to)))


def by_passkey(request: HttpRequest, passkey: Authenticator, *, to: str) -> HttpResponse:
    """Sign in who was proven by a passkey; it is both factors in one, so nothing else is asked."""
    clear_login(request)
    return _answer(perform_passwordless_login(request, passkey, Login(user=passkey.user, redirect_url=to)))


def by_organisation(request: HttpRequest, user: User, *, to: str) -> HttpResponse:
    """Sign in whom the organisation's provider vouches for; a second factor set up here is asked as well.

    What the provider asked for, if anything beside a password, is not ours to check.
    """
    logout(request)
    record_authentication(request, user, method=connections.BY_PROVIDER)
    return _answer(perform_login(request, Login(user=user, redirect_url=to)))


def by_link(request: HttpRequest, user: User, *, to: str) -> HttpResponse:
    """Sign in who has just set a password through a one-time link."""
    clear_login(request)
    return _answer(perform_login(request, Login(user=user, redirect_url=to)))


def waiting(request: HttpRequest) -> SecondFactor | None:
    """The sign-in of this browser that waits for its second factor, if one does."""
    stage = LoginStageController.enter(request, SecondFactor.key)
    if not isinstance(stage, SecondFactor) or not isinstance(stage.login.user, User):
        return None
    denials.meant(stage.login.user)
    return stage if stage.login.user.is_active else None


def with_second_factor(request: HttpRequest, stage: SecondFactor, factor: Authenticator) -> HttpResponse:
    """Finish the waiting sign-in with the factor that was proven."""
    post_authentication(request, factor)
    return _answer(stage.exit())


def _answer(response: object) -> HttpResponse:
    if not isinstance(response, HttpResponse):
        raise NotAllowed(say("That name and password do not fit together."))
    return response
