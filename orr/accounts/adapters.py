"""What allauth asks of its site: no sign-up, no mail, our words, our pages, keys bound to our address."""

import base64
import hashlib
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.http import HttpRequest

from orr.accounts import sessions
from orr.accounts.models import User
from orr.lib.errors import Conflict, NotAllowed
from orr.lib.sentence import say


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-in for people who were invited."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: people are invited."""
        return False

    def get_login_stages(self) -> list[str]:
        """The second factor, and nothing else."""
        return ["orr.accounts.signin.SecondFactor"]

    def pre_login(self, request: HttpRequest, user: User, **_: Any) -> None:
        """Raise NotAllowed for an inactive person, in whatever way they came."""
        self._refuse_inactive(user)

    def login(self, request: HttpRequest, user: User) -> None:
        """Begin the session; the last place that every way to sign in passes, so it looks again."""
        self._refuse_inactive(User.objects.get(pk=user.pk))
        super().login(request, user)

    def _refuse_inactive(self, user: User) -> None:
        if not user.is_active or user.is_system:
            raise NotAllowed(say("This account is deactivated. Ask an administrator."))

    def add_message(self, *_: Any, **__: Any) -> None:
        """Pages say what happened in their own words."""

    def send_notification_mail(self, *_: Any, **__: Any) -> None:
        """People have no address here."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address as our own lists show it."""
        return sessions.address_of(request)


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors, bound to the address that people use."""

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The relying party: the host of PUBLIC_URL, whatever a request says it was sent to."""
        return {"id": urlsplit(settings.PUBLIC_URL).hostname or "localhost", "name": "plura orr"}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        """The person as their device lists the key."""
        return {"id": str(user.pk).encode(), "display_name": user.name, "name": user.username}

    def get_totp_issuer(self) -> str:
        """What an authenticator app writes beside the code."""
        return f"plura orr {urlsplit(settings.PUBLIC_URL).hostname}"

    def encrypt(self, text: str) -> str:
        """Secrets of factors are kept encrypted: a copy of the database alone makes no codes."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again. Raises Conflict when the installation's key is another one now."""
        try:
            return _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken as error:
            raise Conflict(
                say("The installation's secret key was changed; set this factor up again by a one-time link.")
            ) from error


def _cipher() -> MultiFernet:
    keys = [str(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    derived = [hashlib.sha256(b"orr.accounts.factors\x00" + key.encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(each)) for each in derived])
