"""Second factors: one-time codes and recovery codes, and which factors a person has set up."""

from dataclasses import dataclass

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt, encrypt
from django.db import transaction

from orr.accounts import lockout
from orr.accounts.models import User
from orr.lib.errors import Conflict, FieldError, Invalid, NotAllowed
from orr.lib.sentence import say

Type = Authenticator.Type
LONGEST_CODE = 32
# In the row of the one-time codes, beside the secret: the last step whose code was used.
USED = "used_step"


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
        if each.type == Type.TOTP and _next_counter(each, code):
            return each
        if each.type == Type.RECOVERY_CODES and each.wrap().validate_code(code):
            return each
    return None


def _next_counter(codes: Authenticator, code: str) -> bool:
    """Whether the code is of a later moment than any accepted before (RFC 6238, 5.2); then it is used up."""
    secret, last = decrypt(codes.data["secret"]), codes.data.get(USED, -1)
    for counter in totp.yield_hotp_counters_from_time():
        expected = totp.format_hotp_value(totp.hotp_value(secret, counter))
        if counter > last and compare_user_code(actual=code, expected=expected):
            codes.data[USED] = counter
            codes.save(update_fields=["data"])
            return True
    return False


@transaction.atomic
def set_up_codes(user: User, *, secret: str, code: str) -> Authenticator:
    """Turn one-time codes on, after a first code of that secret. Raises Invalid, Conflict or TooMany."""
    User.objects.select_for_update().get(pk=user.pk)
    if of(user).codes is not None:
        raise Conflict(say("One-time codes are set up already; turn them off first."))
    made = Authenticator(user=user, type=Type.TOTP, data={"secret": encrypt(secret)})
    made.save()
    if not _next_counter(made, code.strip()[:LONGEST_CODE]):
        raise Invalid(
            [FieldError("/code", say("That code is not of this secret now. Check the device's clock."))]
        )
    return made


@transaction.atomic
def remove(user: User, factor: Authenticator) -> None:
    """Take a factor away; recovery codes go with the last one, as they stand for nothing alone."""
    User.objects.select_for_update().get(pk=user.pk)
    Authenticator.objects.filter(user=user, pk=factor.pk).delete()
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
    codes: list[str] = RecoveryCodes.activate(user).get_unused_codes()
    return codes


def are_recovery_codes(user: User, codes: list[str]) -> bool:
    """Whether these are all of the person's unused recovery codes."""
    recovery = of(user).recovery
    return bool(recovery and codes == recovery.wrap().get_unused_codes())
