"""Passkeys: adding one, and proof by one; a passkey always asks its holder (PIN, finger, face) too."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.core.exceptions import ValidationError
from django.db import transaction

from orr.accounts import denials, factors
from orr.accounts.models import User
from orr.accounts.proofs import passkey
from orr.lib.errors import FieldError, Invalid, NotAllowed
from orr.lib.sentence import say

MOST = 20
LONGEST_NAME = 60
# What the reading of made-up credentials ends in, and what allauth makes of some of it.
UNREADABLE = (*passkey.UNREADABLE, ValidationError)
T = TypeVar("T")


def options_to_add(user: User) -> dict[str, Any]:
    """What the browser's `navigator.credentials.create` is given; the challenge waits in the session."""
    return dict(auth.begin_registration(user, passwordless=True))


@transaction.atomic
def add(user: User, *, name: str, credential: str) -> Authenticator:
    """Keep what the browser made. Raises Invalid for a bad name, NotAllowed for a wrong credential."""
    name = _name(name)
    User.objects.select_for_update().get(pk=user.pk)
    if Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).count() >= MOST:
        raise Invalid([FieldError("/name", say("A person has at most %(n)s passkeys.", n=MOST))])
    given = _read(credential)
    made = _checked(lambda: auth.complete_registration(given))
    if not made.is_user_verified():
        raise _refused()
    added: Authenticator = auth.WebAuthn.add(user, name, given).instance
    factors.kept("factor.added", added)
    return added


def rename(held: Authenticator, name: str) -> None:
    """Give the passkey another name. Raises Invalid."""
    held.data["name"] = _name(name)
    held.save(update_fields=["data"])


def _name(given: str) -> str:
    name = given.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        why = say("A passkey's name has 1 to %(n)s characters.", n=LONGEST_NAME)
        raise Invalid([FieldError("/name", why)])
    return name


def options_to_prove(user: User | None) -> dict[str, Any]:
    """What `navigator.credentials.get` is given; without `user` any passkey of this site does."""
    return dict(auth.begin_authentication(user))


def prove(user: User | None, credential: str) -> Authenticator:
    """The passkey that signed the challenge in the session; of `user`, or of whoever it names.

    A challenge is good for one try. Raises NotAllowed for everything that is no such proof.
    """
    given = _read(credential)
    try:
        _checked(lambda: auth.parse_authentication_response(given))
        whose = user or _checked(lambda: auth.extract_user_from_response(given))
        proven: Authenticator = _checked(lambda: auth.complete_authentication(whose, given))
    finally:
        auth.clear_state()
    denials.meant(proven.user)
    if not proven.user.is_active:
        raise _refused()
    answered = auth.parse_authentication_response(given).response
    return passkey.count(proven, answered.authenticator_data.counter)


def _read(credential: str) -> dict[str, Any]:
    given = _checked(lambda: json.loads(credential))
    if not isinstance(given, dict):
        raise _refused()
    return given


def _checked(step: Callable[[], T]) -> T:
    try:
        return step()
    except UNREADABLE as error:
        raise _refused() from error


def _refused() -> NotAllowed:
    return NotAllowed(say("The passkey was not accepted. Try again, or use another way."))
