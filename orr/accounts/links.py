"""One-time links: how a person gets in for the first time, or again after everything was lost.

An administrator hands them over, so a link must not become a signature: who comes in again by one starts
with nothing of what they had, and nothing they hold counts for signing before 24 hours are over.
"""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from orr.accounts import acts, passwords, recovery, roles
from orr.accounts.models import OneTimeLink, Role, User
from orr.accounts.system import system
from orr.lib import clock
from orr.lib.errors import Conflict, NotFound
from orr.lib.sentence import say

LIFE = timedelta(hours=72)


@transaction.atomic
def make(user: User, *, actor: User) -> str:
    """A new address for the person to open once within 72 hours; earlier unused ones end.

    Raises NotAllowed for who is no administrator, Conflict for one's own account and for a deactivated one.
    """
    roles.require(actor, Role.ADMIN)
    if user == actor:
        # It would replace every factor of theirs without asking for one of them.
        raise Conflict(say("You cannot make a link for yourself; another administrator can."))
    return issue(user, by=actor)


@transaction.atomic
def issue(user: User, *, by: User) -> str:
    """As `make`, for who stands outside every account: the installation's own command (`by` the system)."""
    User.objects.select_for_update().get(pk=user.pk)
    if not User.objects.filter(pk=user.pk, is_active=True).exists():
        raise Conflict(say("This account is deactivated; a link would open nothing."))
    raw, now = secrets.token_urlsafe(32), clock.now()
    OneTimeLink.objects.filter(user=user, used_at=None).update(used_at=now)
    OneTimeLink.objects.create(user=user, sha256=_hash(raw), made_at=now, expires_at=now + LIFE)
    acts.record("person.link_made", actor=by, person=user, expires_at=now + LIFE)
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
    """Set the person's password and end the link; who had entered before is recovered by it.

    Raises NotFound, or Invalid with what is wrong.
    """
    User.objects.select_for_update().get(pk=find(raw).user_id)
    link = find(raw)
    passwords.check(password, link.user)
    entered = link.user.has_usable_password()
    link.user.set_password(password)
    link.user.save(update_fields=["password"])
    OneTimeLink.objects.filter(pk=link.pk).update(used_at=clock.now())
    if entered:
        signs_from = recovery.start_anew(link.user)
        acts.record("person.recovered", actor=link.user, person=link.user, signs_from=signs_from)
    return link.user


def first_administrator() -> str | None:
    """A one-time link for the first administrator, or None once an administrator can sign in."""
    waiting = [user for user in roles.people_with(Role.ADMIN) if not user.has_usable_password()]
    if any(user.has_usable_password() for user in roles.people_with(Role.ADMIN)):
        return None
    if waiting:
        return issue(waiting[0], by=system())
    admin = User(username="admin", name="Administrator")
    admin.set_unusable_password()
    admin.save()
    roles.grant(user=admin, role=Role.ADMIN, actor=system())
    return issue(admin, by=system())


def _hash(raw: str) -> str:
    return hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()
