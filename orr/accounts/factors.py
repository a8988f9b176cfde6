"""Second factors: one-time codes and recovery codes, and which factors a person has set up."""

from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.utils import encrypt
from django.db import transaction

from orr.accounts import acts, lockout
from orr.accounts.models import User
from orr.accounts.proofs import totp
from orr.lib.errors import Conflict, FieldError, Invalid, NotAllowed
from orr.lib.sentence import say

Type = Authenticator.Type
LONGEST_CODE = 32


@dataclass(frozen=True)
class Factors:
    """What a person can prove themselves with beside the password."""

    passkeys: tuple[Authenticator, ...]
    codes: Authenticator | None
    recovery: Authenticator | None
    recovery_left: int

    @property
    def second(self) -> bool:
        """Whether a second factor is set up, so that a password alone does not do."""
        return bool(self.passkeys or self.codes)


def of(user: User) -> Factors:
    """The factors of the person, the oldest passkey first."""
    found = list(Authenticator.objects.filter(user=user).order_by("created_at", "pk"))
    one = {each.type: each for each in found if each.type != Type.WEBAUTHN}
    recovery = one.get(Type.RECOVERY_CODES)
    return Factors(
        passkeys=tuple(each for each in found if each.type == Type.WEBAUTHN),
        codes=one.get(Type.TOTP),
        recovery=recovery,
        recovery_left=_unused(recovery),
    )


def _unused(recovery: Authenticator | None) -> int:
    """How many recovery codes are left; none when the key that hides them was changed."""
    try:
        return len(recovery.wrap().get_unused_codes()) if recovery else 0
    except Conflict:
        return 0


def prove(user: User, code: str) -> Authenticator:
    """The factor that the one-time or recovery code proves; each code works once.

    Raises NotAllowed for a wrong code, TooMany after five wrong ones in 15 minutes.
    """
    lockout.attempt("code", str(user.pk))
    proven = _proven(user, code.strip()[:LONGEST_CODE])
    if proven is None or not user.is_active:
        raise NotAllowed(say("That code is wrong, or was used already."))
    lockout.clear("code", str(user.pk))
    return proven


@transaction.atomic
def _proven(user: User, code: str) -> Authenticator | None:
    found = Authenticator.objects.select_for_update().filter(user=user).exclude(type=Type.WEBAUTHN)
    for each in found.order_by("pk"):
        if each.type == Type.TOTP and totp.accept(each, code):
            return each
        if each.type == Type.RECOVERY_CODES and each.wrap().validate_code(code):
            return each
    return None


@transaction.atomic
def set_up_codes(user: User, *, secret: str, code: str) -> Authenticator:
    """Turn one-time codes on, after a first code of that secret. Raises Invalid, Conflict or TooMany."""
    User.objects.select_for_update().get(pk=user.pk)
    if of(user).codes is not None:
        raise Conflict(say("One-time codes are set up already; turn them off first."))
    made = Authenticator(user=user, type=Type.TOTP, data={"secret": encrypt(secret)})
    made.save()
    if not totp.accept(made, code.strip()[:LONGEST_CODE]):
        raise Invalid(
            [FieldError("/code", say("That code is not of this secret now. Check the device's clock."))]
        )
    kept("factor.added", made)
    return made


def kept(kind: str, factor: Authenticator) -> None:
    """Write down that the person's factor came or went."""
    name = factor.data.get("name", "") if factor.type == Type.WEBAUTHN else ""
    acts.record(kind, actor=factor.user, person=factor.user, factor=str(factor.type), name=name)


@transaction.atomic
def remove(user: User, factor: Authenticator) -> None:
    """Take a factor away; recovery codes go with the last one, as they stand for nothing alone."""
    User.objects.select_for_update().get(pk=user.pk)
    if Authenticator.objects.filter(user=user, pk=factor.pk).delete()[0]:
        kept("factor.removed", factor)
    left = Authenticator.objects.filter(user=user)
    if not left.exclude(type=Type.RECOVERY_CODES).exists():
        left.delete()


@transaction.atomic
def make_recovery_codes(user: User) -> list[str]:
    """Ten new recovery codes, to be shown this once; the former ones end. Conflict without a factor."""
    User.objects.select_for_update().get(pk=user.pk)
    if not of(user).second:
        raise Conflict(
            say("Recovery codes stand in for a passkey or one-time codes; set one of these up first.")
        )
    Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).delete()
    made = RecoveryCodes.activate(user)
    kept("factor.added", made.instance)
    codes: list[str] = made.get_unused_codes()
    return codes


def are_recovery_codes(user: User, codes: list[str]) -> bool:
    """Whether these are all of the person's unused recovery codes."""
    recovery = of(user).recovery
    return bool(recovery and codes == recovery.wrap().get_unused_codes())
