"""What an administrator does with people: invite, map authors, deactivate and take back in."""

import re
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Lower

from orr.accounts import acts, links, roles, sessions
from orr.accounts.models import SYSTEM_USERNAME, Act, AuthorMapping, Role, User
from orr.accounts.system import system
from orr.lib import clock
from orr.lib.errors import Conflict, FieldError, Invalid, NotFound
from orr.lib.sentence import say

# What an address can carry; a name of dots alone leads nowhere.
USERNAME = re.compile(r"^(?!\.+\Z)[\w.@+-]{1,60}\Z")
# Acts by which an administrator gives a person a way in; the record says whose hand it was.
RENEWALS = ("person.reactivated", "person.link_made")
RENEWED_WITHIN = links.LIFE + roles.WAITING_TIME

__all__ = ["deactivate", "find", "invite", "links", "map_author", "reactivate", "roles", "system", "vouch"]


@transaction.atomic
def invite(
    *, username: str, name: str, wanted: list[str], actor: User, team: UUID | None = None
) -> tuple[User, str]:
    """A new person with roles, everywhere or in the team, and the one-time link to hand over.

    Raises Invalid or NotAllowed.
    """
    roles.require_administrator(actor)
    username, name = username.strip(), name.strip()
    errors = []
    if not USERNAME.match(username):
        wrong = say("A user name has 1 to 60 letters, digits and . _ @ + - in it.")
        errors.append(FieldError("/username", wrong))
    if not name or len(name) > 80 or not name.isprintable():
        errors.append(FieldError("/name", say("A name has 1 to 80 characters.")))
    if User.objects.annotate(low=Lower("username")).filter(low=username.lower()).exists():
        errors.append(FieldError("/username", say("The user name “%(name)s” is taken.", name=username)))
    if errors:
        raise Invalid(errors)
    person = User(username=username, name=name)
    person.set_unusable_password()
    person.save()
    acts.record("person.invited", actor=actor, person=person)
    for role in wanted:
        roles.grant(user=person, role=role, actor=actor, team=team)
    return person, links.make(person, actor=actor)


@transaction.atomic
def deactivate(*, user: User, actor: User) -> None:
    """End the person's access at once: sessions and tokens too. Their signatures of the past stay."""
    roles.require(actor, Role.ADMIN)
    if user == actor:
        raise Conflict(say("You cannot deactivate yourself; another administrator can."))
    person = roles.locked(user)
    ended = person.tokens.filter(revoked_at=None).update(revoked_at=clock.now())
    sessions.end_all(person)
    if person.is_active:
        User.objects.filter(pk=person.pk).update(is_active=False)
        acts.record("person.deactivated", actor=actor, person=person, tokens_ended=ended)


@transaction.atomic
def reactivate(*, user: User, actor: User) -> None:
    """Let the person in again; nothing they hold counts for signing for 24 h, as with a new way in.

    Sessions and tokens of before stay ended. Raises NotAllowed; who is active stays as they are.
    """
    roles.require(actor, Role.ADMIN)
    person = roles.locked(user)
    if person.is_active or person.is_system:
        return
    person.is_active, person.signs_from = True, clock.now() + roles.WAITING_TIME
    person.save(update_fields=["is_active", "signs_from"])
    acts.record("person.reactivated", actor=actor, person=person, signs_from=person.signs_from)


@transaction.atomic
def vouch(*, user: User, actor: User) -> None:
    """A second administrator agrees that the person's way in was renewed: what they hold counts from now on.

    Neither the person nor anyone who had a hand in the renewal. Raises NotAllowed, Conflict.
    """
    person = roles.locked(user)
    now = clock.now()
    hands = _renewers(person, now)
    roles.second_administrator(actor, now, not_one_of={person.pk, *hands})
    if person.signs_from is None or person.signs_from <= now:
        raise Conflict(say("What %(name)s holds waits for nothing.", name=str(person)))
    if not hands:
        raise Conflict(say("Who renewed the way in of %(name)s is not on record; it takes its time.",
                            name=str(person)))  # fmt: skip
    person.signs_from = now
    person.save(update_fields=["signs_from"])
    acts.record("person.vouched_for", actor=actor, person=person)


def _renewers(person: User, now: datetime) -> set[UUID]:
    """Who had a hand in the person's present way in; a link lives three days, and a wait one more."""
    recent = Act.objects.filter(person=person, kind__in=RENEWALS, at__gt=now - RENEWED_WITHIN)
    return set(recent.exclude(actor=person).values_list("actor_id", flat=True))


@transaction.atomic
def map_author(*, author_id: str, user: User, actor: User) -> AuthorMapping:
    """Say which person an author id is; a later mapping replaces an earlier one, and lifts nobody's bar."""
    roles.require(actor, Role.ADMIN)
    author_id = author_id.strip()
    if not author_id or len(author_id) > 200 or not author_id.isprintable():
        raise Invalid([FieldError("/author_id", say("An author id has 1 to 200 characters."))])
    first = {"user": user, "mapped_by": actor, "mapped_at": clock.now()}
    mapping, made = AuthorMapping.objects.get_or_create(author_id=author_id, defaults=first)
    # Locked once it is there: of two who say it for the first time, the second finds the first one's word.
    mapping = AuthorMapping.objects.select_for_update().get(pk=mapping.pk)
    if not made and mapping.user_id == user.pk:
        return mapping
    before = None if made else str(mapping.user_id)
    if not made:
        mapping.former = list(dict.fromkeys([*mapping.former, mapping.user_id, mapping.mapped_by_id]))
        mapping.user, mapping.mapped_by, mapping.mapped_at = user, actor, clock.now()
        mapping.save(update_fields=["user", "mapped_by", "mapped_at", "former"])
    acts.record("author.mapped", actor=actor, person=user, author_id=author_id, before=before)
    return mapping


def find(username: str) -> User:
    """The person of that user name. Raises NotFound."""
    person = User.objects.filter(username=username).exclude(username=SYSTEM_USERNAME).first()
    if person is None:
        raise NotFound(say("There is no person “%(name)s”.", name=username))
    return person
