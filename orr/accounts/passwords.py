"""Passwords: which may be set, and changing one's own."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from orr.accounts import reauthentication, sessions
from orr.accounts.models import User
from orr.lib.errors import FieldError, Invalid
from orr.lib.sentence import say


def check(password: str, user: User) -> None:
    """Raise Invalid with everything that is wrong with it for this person."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid([FieldError("/password", say(message)) for message in error.messages]) from error


def change(*, user: User, current: str, new: str, again: str, session: str | None) -> None:
    """Set another password; every session but the one with the key `session` ends.

    Raises NotAllowed or TooMany for a wrong `current`, Invalid for a new one that cannot be.
    """
    reauthentication.check_password(user, current)
    if new != again:
        raise Invalid([FieldError("/again", say("The two passwords differ."))])
    check(new, user)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        user.set_password(new)
        user.save(update_fields=["password"])
        sessions.end_all(user, but=session)
