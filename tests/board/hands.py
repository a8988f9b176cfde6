"""What a person does at the door and in their account, through the pages."""

import json
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from django.test import Client

from orr.accounts.models import User
from tests.factories.passkeys import SoftKey
from tests.factories.people import PASSWORD

ACCOUNT = "/settings/security"


def enter(client: Client, name: str = "sre", password: str = PASSWORD, **more: str) -> Any:
    """Send the sign-in form."""
    return client.post("/signin", {"username": name, "password": password, **more})


def inside(client: Client) -> bool:
    """Whether this browser is signed in."""
    return bool(client.get("/keys").status_code == 200 and client.get(ACCOUNT).status_code == 200)


def confirm(client: Client, password: str = PASSWORD) -> Any:
    """Prove again who one is, by the password."""
    return client.post(f"{ACCOUNT}/confirm", {"password": password})


def code_of(user: User, later: int = 0) -> str:
    """The one-time code that the person's app shows; `later` steps from now."""
    row = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)
    return code_from(decrypt(row.data["secret"]), later)


def code_from(secret: str, later: int = 0) -> str:
    """The one-time code that an app makes of the secret; `later` steps from now."""
    step = list(totp.yield_hotp_counters_from_time())[1] + later
    return totp.format_hotp_value(totp.hotp_value(secret, step))


def set_up_codes(client: Client) -> Any:
    """Turn one-time codes on, as the page asks; the code of the step before now is used up by it."""
    client.get(f"{ACCOUNT}/codes")
    secret = client.session[totp.SECRET_SESSION_KEY]
    return client.post(f"{ACCOUNT}/codes", {"code": code_from(secret, -1)})


def add_passkey(client: Client, key: SoftKey, name: str = "laptop") -> Any:
    """Add the passkey, as the page's script does."""
    options = json.loads(client.get(f"{ACCOUNT}/passkeys/options").content)
    return client.post(f"{ACCOUNT}/passkeys", {"name": name, "credential": key.create(options)})


def by_passkey(client: Client, key: SoftKey, **more: str) -> Any:
    """Sign in with the passkey alone."""
    options = json.loads(client.get("/signin/passkey/options").content)
    return client.post("/signin/passkey", {"credential": key.get(options), **more})
