"""Step-up: proof, for this very act, that the person at the keyboard is the one signed in."""

from orr.accounts import lockout
from orr.accounts.models import User
from orr.lib.errors import NotAllowed
from orr.lib.sentence import say


def verify(user: User, *, password: str) -> str:
    """The method by which the person was verified (`password`, which counts as weak).

    Raises NotAllowed for a wrong password, TooMany after ten wrong ones in 15 minutes.
    """
    lockout.attempt("step_up", str(user.pk))
    if not user.is_active or not password or not user.check_password(password):
        raise NotAllowed(say("That is not your password; nothing was signed."))
    lockout.clear("step_up", str(user.pk))
    return "password"
