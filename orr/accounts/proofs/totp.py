"""One-time codes (RFC 6238): each counts once, whoever asks and however many ask at the same moment."""

import hmac
from datetime import datetime

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as allauth_totp
from allauth.mfa.utils import decrypt
from django.db import transaction

from orr.accounts.models import User
from orr.lib import clock

# One step before and after: clocks of telephones differ, and typing takes time.
TOLERANCE = 1
# In the authenticator's row, beside the secret: the last step whose code was used.
USED = "used_step"


def is_set_up(user: User) -> bool:
    """Whether the person has an authenticator that makes one-time codes."""
    return bool(Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists())


@transaction.atomic
def use(user: User, code: str) -> bool:
    """Whether the code is the person's now and was not used before; if so it is used from here on.

    The row is locked first, so of two who send the same code only one is let through.
    """
    rows = Authenticator.objects.select_for_update().filter(user=user, type=Authenticator.Type.TOTP)
    row = rows.first()
    return row is not None and accept(row, code)


def accept(row: Authenticator, code: str) -> bool:
    """As `use`, of a row that the caller has locked: a code of a later step than any accepted (5.2)."""
    now = clock.now()
    step = _step_of(decrypt(row.data["secret"]), "".join(code.split()), now)
    if step is None or step <= row.data.get(USED, -1):
        return False
    row.data = {**row.data, USED: step}
    row.last_used_at = now
    row.save(update_fields=["data", "last_used_at"])
    return True


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    if not code.isascii() or not code.isdigit() or len(code) != app_settings.TOTP_DIGITS:
        return None
    here = int(now.timestamp()) // app_settings.TOTP_PERIOD
    found = None
    for step in range(here - TOLERANCE, here + TOLERANCE + 1):
        value = allauth_totp.format_hotp_value(allauth_totp.hotp_value(secret, step))
        if hmac.compare_digest(value, code):
            found = step
    return found
