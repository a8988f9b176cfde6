"""One-time links: how a person gets in for the first time and sets a password."""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from orr.accounts import roles
from orr.accounts.models import OneTimeLink, Role, User
from orr.accounts.system import system
from orr.lib import clock
from orr.lib.errors import FieldError, Invalid, NotFound
from orr.lib.sentence import say

LIFE = timedelta(hours=72)


def make(user: User) -> str:
    """A new address for the person to open once within 72 hours; earlier unused ones end."""
    raw = secrets.token_urlsafe(32)
    now = clock.now()
    with transaction.atomic():
        OneTimeLink.objects.filter(user=user, used_at=None).update(used_at=now)
        OneTimeLink.objects.create(user=user, sha256=_hash(raw), made_at=now, expires_at=now + LIFE)
    return f"{settings.PUBLIC_URL}/welcome/{raw}"


def find(raw: str) -> OneTimeLink:
    """The unused, unexpired link. Raises NotFound for any other."""
    link = OneTimeLink.objects.select_related("user").filter(sha256=_hash(raw)).first()
    if link is None or link.used_at or link.expires_at <= clock.now() or not link.user.is_active:
        raise NotFound(
            say("This link was used, has expired, or never was. Ask an administrator for a new one.")
        )
    return link


@transaction.atomic
def use(raw: str, *, password: str) -> User:
    """Set the person's password and end the link. Raises NotFound, or Invalid with what is wrong."""
    link = find(raw)
    OneTimeLink.objects.select_for_update().get(pk=link.pk)
    link = find(raw)
    try:
        validate_password(password, link.user)
    except ValidationError as error:
        raise Invalid([FieldError("/password", say(message)) for message in error.messages]) from error
    link.user.set_password(password)
    link.user.save(update_fields=["password"])
    OneTimeLink.objects.filter(pk=link.pk).update(used_at=clock.now())
    return link.user


def first_administrator() -> str | None:
    """A one-time link for the first administrator, or None once an administrator can sign in."""
    waiting = [user for user in roles.people_with(Role.ADMIN) if not user.has_usable_password()]
    if any(user.has_usable_password() for user in roles.people_with(Role.ADMIN)):
        return None
    if waiting:
        return make(waiting[0])
    admin = User(username="admin", name="Administrator")
    admin.set_unusable_password()
    admin.save()
    roles.grant(user=admin, role=Role.ADMIN, actor=system())
    return make(admin)


def _hash(raw: str) -> str:
    return hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()
