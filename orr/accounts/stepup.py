"""Step-up: proof, for this very act, that the person at the keyboard is the one signed in.

By passkey, else by one-time code, else by password; how recently they signed in never counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orr.accounts import lockout
from orr.accounts.models import User
from orr.accounts.proofs import passkey, totp
from orr.lib.errors import NotAllowed
from orr.lib.met import Met, Requirement, Unmet
from orr.lib.sentence import Sentence, say

PASSWORD, TOTP, PASSKEY = "password", "totp", "passkey"
# The weakest first, as a profile's policy ranks them.
METHODS = (PASSWORD, TOTP, PASSKEY)


@dataclass(frozen=True)
class Proof:
    """By which method the person was verified, and a passkey's answer to be kept as their signature."""

    method: str
    assertion: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Ways:
    """How a person can prove themselves here, and why not where they cannot at all."""

    passkey: bool
    totp: bool
    password: bool
    requirement: Requirement


def ways(user: User, least: str = PASSWORD) -> Ways:
    """What the person has that counts where `least` is the weakest that does.

    A password alone is for those who have no one-time code.
    """
    rank = METHODS.index(least)
    keys = passkey.is_set_up(user) and bool(passkey.possible())
    has_code = totp.is_set_up(user)
    code = has_code and rank <= METHODS.index(TOTP)
    word = rank == 0 and not has_code and user.has_usable_password()
    found = Met() if keys or code or word else Unmet(needed(least))
    return Ways(keys, code, word, found)


def enough(method: str, least: str) -> Requirement:
    """Whether a proof by `method` counts where `least` is the weakest that does."""
    if METHODS.index(method) >= METHODS.index(least):
        return Met()
    return Unmet(needed(least))


def needed(least: str) -> Sentence:
    """What a person has to set up so that they can sign."""
    return _NEEDED[least]


def verify(user: User, *, password: str = "", code: str = "") -> str:
    """The method by which the person was verified: `totp`, or `password`, which counts as weak.

    Raises NotAllowed for a wrong or used code, a wrong password, or a password in place of a code;
    TooMany after ten wrong ones in 15 minutes.
    """
    lockout.attempt("step_up", str(user.pk))
    if code:
        found, wrong = user.is_active and totp.use(user, code), WRONG_CODE
    elif totp.is_set_up(user):
        raise NotAllowed(say("You have a one-time code set up; sign with it, not with your password."))
    else:
        found = user.is_active and bool(password) and user.check_password(password)
        wrong = WRONG_PASSWORD
    if not found:
        raise NotAllowed(wrong)
    lockout.clear("step_up", str(user.pk))
    return TOTP if code else PASSWORD


WRONG_PASSWORD = say("That is not your password; nothing was signed.")
WRONG_CODE = say("That code is wrong or was used already; nothing was signed. Wait for the next one.")
_NEEDED = {
    PASSWORD: say("Set a password, a one-time code or a passkey under Settings, then sign."),
    TOTP: say("This profile asks for a one-time code or a passkey; set one up under Settings, then sign."),
    PASSKEY: say("This profile asks for a passkey; add one under Settings, then sign."),
}
