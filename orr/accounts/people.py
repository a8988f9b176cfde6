"""What an administrator does with people: invite, give and take roles, map authors, deactivate."""

from django.db import transaction
from django.db.models.functions import Lower

from orr.accounts import links, roles, sessions
from orr.accounts.models import SYSTEM_USERNAME, AuthorMapping, Role, User
from orr.lib import clock
from orr.lib.errors import Conflict, FieldError, Invalid, NotFound
from orr.lib.sentence import say


@transaction.atomic
def invite(*, username: str, name: str, wanted: list[str], actor: User, at_once: bool) -> tuple[User, str]:
    """A new person with roles, and the one-time link to hand over. Raises Invalid or NotAllowed."""
    roles.require(actor, Role.ADMIN)
    username, name = username.strip(), name.strip()
    errors = []
    if not username or len(username) > 60 or not username.isprintable() or " " in username:
        errors.append(FieldError("/username", say("A user name has 1 to 60 characters and no spaces.")))
    if not name or len(name) > 80 or not name.isprintable():
        errors.append(FieldError("/name", say("A name has 1 to 80 characters.")))
    if User.objects.annotate(low=Lower("username")).filter(low=username.lower()).exists():
        errors.append(FieldError("/username", say("The user name “%(name)s” is taken.", name=username)))
    if errors:
        raise Invalid(errors)
    person = User(username=username, name=name)
    person.set_unusable_password()
    person.save()
    for role in wanted:
        roles.grant(user=person, role=role, actor=actor, at_once=at_once)
    return person, links.make(person, actor=actor)


@transaction.atomic
def deactivate(*, user: User, actor: User) -> None:
    """End the person's access at once: sessions and tokens too. Their signatures of the past stay."""
    roles.require(actor, Role.ADMIN)
    if user == actor:
        raise Conflict(say("You cannot deactivate yourself; another administrator can."))
    User.objects.filter(pk=user.pk).update(is_active=False)
    user.tokens.filter(revoked_at=None).update(revoked_at=clock.now())
    sessions.end_all(user)


@transaction.atomic
def map_author(*, author_id: str, user: User, actor: User) -> AuthorMapping:
    """Say which person an author id is; a later mapping replaces an earlier one."""
    roles.require(actor, Role.ADMIN)
    author_id = author_id.strip()
    if not author_id or len(author_id) > 200:
        raise Invalid([FieldError("/author_id", say("An author id has 1 to 200 characters."))])
    mapping, _ = AuthorMapping.objects.update_or_create(
        author_id=author_id, defaults={"user": user, "mapped_by": actor}
    )
    return mapping


def find(username: str) -> User:
    """The person of that user name. Raises NotFound."""
    person = User.objects.filter(username=username).exclude(username=SYSTEM_USERNAME).first()
    if person is None:
        raise NotFound(say("There is no person “%(name)s”.", name=username))
    return person


def system() -> User:
    """The system's own actor: it acts by rule and can never sign in."""
    user, made = User.objects.get_or_create(username=SYSTEM_USERNAME, defaults={"name": "system"})
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user
