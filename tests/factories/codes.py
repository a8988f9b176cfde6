"""One-time codes for tests: an authenticator of a person, and the code it shows."""

from allauth.mfa import app_settings
from allauth.mfa.totp.internal import auth as allauth_totp

from orr.accounts.models import User
from orr.lib import clock


class Codes:
    """An authenticator that makes one-time codes, set up for the person."""

    def __init__(self, user: User) -> None:
        self.secret = allauth_totp.generate_totp_secret()
        allauth_totp.TOTP.activate(user, self.secret)

    def code(self, steps: int = 0) -> str:
        """The code of now, or of so many steps of 30 s away."""
        step = int(clock.now().timestamp()) // app_settings.TOTP_PERIOD + steps
        return str(allauth_totp.format_hotp_value(allauth_totp.hotp_value(self.secret, step)))
