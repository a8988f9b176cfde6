"""API tokens: issued once, stored as a hash, refused the moment their person or time is over."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from orr.accounts import acts
from orr.accounts.models import ApiToken, User
from orr.lib import clock
from orr.lib.errors import FieldError, Invalid, NotSignedIn
from orr.lib.sentence import say

SCOPES = ("orr:read", "orr:write", "orr:decide", "orr:evidence", "orr:exit")
MAX_DAYS = 366
BEGINNING = "orr_"


@transaction.atomic
def issue(*, user: User, scopes: Iterable[str], days: int, name: str = "", actor: User | None = None) -> str:
    """A new token of the person, to be shown this once; made by themselves unless `actor` says who.

    Raises Invalid for unknown scopes or a life that is not 1 to 366 days.
    """
    wanted = sorted(set(scopes))
    errors = [
        FieldError("/scope", say("There is no scope “%(scope)s”.", scope=scope))
        for scope in wanted
        if scope not in SCOPES
    ]
    if not wanted:
        errors.append(FieldError("/scope", say("A token needs at least one scope.")))
    if not 1 <= days <= MAX_DAYS:
        errors.append(FieldError("/days", say("A token lives 1 to %(most)s days.", most=MAX_DAYS)))
    if errors:
        raise Invalid(errors)
    raw = BEGINNING + secrets.token_urlsafe(32)
    now = clock.now()
    token = ApiToken.objects.create(
        user=user,
        name=name or "token",
        prefix=raw[:10],
        sha256=_hash(raw),
        scopes=wanted,
        made_at=now,
        expires_at=now + timedelta(days=days),
    )
    acts.record(
        "token.issued", actor=actor or user, person=user,
        token=token.pk, name=token.name, scopes=wanted, expires_at=token.expires_at,
    )  # fmt: skip
    return raw


def authenticate(raw: str) -> tuple[User, ApiToken]:
    """The person and the token row behind a token. Raises NotSignedIn for anything that is not valid now."""
    token, now = _of(raw), clock.now()
    if token is None or not _holds(token, now):
        raise NotSignedIn(say("The token is unknown, expired or revoked."))
    if token.last_used_at is None or now - token.last_used_at > timedelta(minutes=1):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token.user, token


def owner_of(raw: str) -> tuple[User | None, bool]:
    """Whose token exactly this is, and whether it is valid now; None for one that nobody was ever given."""
    token = _of(raw)
    return (token.user, _holds(token, clock.now())) if token else (None, False)


def _of(raw: str) -> ApiToken | None:
    return ApiToken.objects.select_related("user").filter(sha256=_hash(raw)).first()


def _holds(token: ApiToken, now: datetime) -> bool:
    return token.revoked_at is None and token.expires_at > now and token.user.is_active


@transaction.atomic
def revoke(*, user: User, token_id: UUID | str, actor: User | None = None) -> bool:
    """End one of the person's tokens now; whether there was one. By themselves unless `actor` says who."""
    live = ApiToken.objects.select_for_update().filter(pk=token_id, user=user, revoked_at=None).first()
    if live is None:
        return False
    live.revoked_at = clock.now()
    live.save(update_fields=["revoked_at"])
    acts.record("token.revoked", actor=actor or user, person=user, token=live.pk, name=live.name)
    return True


def _hash(raw: str) -> str:
    return hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()
