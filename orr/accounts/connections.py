"""Connections of people with their accounts at the organisation's provider; each comes and goes on record."""

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from orr.accounts import acts
from orr.accounts.models import User
from orr.lib.canonical import sha256_hex
from orr.lib.errors import Conflict
from orr.lib.sentence import say

# How a sign-in by the provider is noted in its session, and in a connection that was signed in by.
BY_PROVIDER = "socialaccount"
USED = "signed_in_by"


def provider_id() -> str:
    """The provider as connections name it: by its issuer, as a subject is an id of one issuer."""
    return f"oidc-{sha256_hex(settings.OIDC_SERVER_URL.encode())[:16]}"


@transaction.atomic
def connect(user: User, subject: str) -> SocialAccount:
    """Let the subject sign in as this person. Conflict where it is someone else's, or they have one."""
    User.objects.select_for_update().get(pk=user.pk)
    provider = provider_id()
    if SocialAccount.objects.filter(user=user, provider=provider).exclude(uid=subject).exists():
        raise Conflict(say("You are connected with another account there; disconnect that one first."))
    kept, made = SocialAccount.objects.get_or_create(provider=provider, uid=subject, defaults={"user": user})
    if kept.user_id != user.pk:
        raise Conflict(say("That account is connected with another person here."))
    if made:
        _told("connection.made", kept, user)
    return kept


def connection(user: User) -> SocialAccount | None:
    """The person's account at the provider, if one is connected."""
    return SocialAccount.objects.filter(user=user, provider=provider_id()).first()


@transaction.atomic
def disconnect(user: User) -> bool:
    """Take the connection away; whether there was one."""
    User.objects.select_for_update().get(pk=user.pk)
    return _ended(user, provider=provider_id())


def end_all(user: User) -> None:
    """Take every connection of the person away, for an act that has locked them."""
    _ended(user)


def _ended(user: User, **which: Any) -> bool:
    found = list(SocialAccount.objects.filter(user=user, **which))
    for held in found:
        # Written down first: the row does not know its id once it is gone.
        _told("connection.ended", held, user)
        held.delete()
    return bool(found)


@transaction.atomic
def first_use(sender: Any, *, request: HttpRequest, user: User, **_: Any) -> None:
    """Write down the first sign-in by a connection; listens to sign-ins, which are whole by then."""
    if not any(one.get("method") == BY_PROVIDER for one in get_authentication_records(request, user)):
        return
    rows = SocialAccount.objects.select_for_update().filter(user=user, provider=provider_id())
    held = rows.first()
    if held is not None and not held.extra_data.get(USED):
        held.extra_data = {**held.extra_data, USED: True}
        held.save(update_fields=["extra_data"])
        _told("connection.used_first", held, user)


def _told(kind: str, held: SocialAccount, user: User) -> None:
    """The provider's name is readable; whom it is there, only who knows the subject can tell."""
    acts.record(
        kind, actor=user, person=user, connection=held.pk, provider=held.provider,
        name=str(settings.OIDC_NAME), subject_sha256=sha256_hex(f"{held.provider} {held.uid}".encode()),
    )  # fmt: skip
