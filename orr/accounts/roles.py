"""Which roles a person holds at a moment, who holds a role, and how roles are given and taken."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from orr.accounts import acts, membership
from orr.accounts.models import APPROVER_ROLES, DEFAULT_TEAM, Role, RoleGrant, Team, User
from orr.lib import clock
from orr.lib.errors import Conflict, FieldError, Invalid, NotAllowed, NotFound
from orr.lib.sentence import Sentence, say

WAITING_TIME = timedelta(hours=24)
# Who changes something about a review: approvers and release managers.
ACTING_ROLES = APPROVER_ROLES | {Role.RELEASE_MANAGER.value}


def _it_is() -> bool:
    return True


# Set by the wiring, since accounts know no reviews: whether the installation has had its first one.
in_use: Callable[[], bool] = _it_is


def roles_of(user: User, at: datetime | None = None, *, team: UUID | None = None) -> frozenset[str]:
    """The roles the person holds; with `at`, only those that count for signing at that moment.

    `team`: only those that are held everywhere or in that team; None asks for every team.
    """
    if not user.is_active or (at is not None and user.signs_from is not None and user.signs_from > at):
        return frozenset()
    grants = RoleGrant.objects.filter(user=user, revoked_at=None)
    if team is not None:
        grants = grants.filter(Q(team=None) | Q(team=team))
    if at is not None:
        grants = grants.filter(counts_from__lte=at)
    return frozenset(grants.values_list("role", flat=True))


def people_with(role: str, at: datetime | None = None, *, team: UUID | None = None) -> list[User]:
    """The active people who hold the role, by name; with `at`, those in whom it counts at that moment.

    `team`: as with `roles_of`.
    """
    counts = Q()
    if at is not None:
        counts = Q(grants__counts_from__lte=at) & (Q(signs_from=None) | Q(signs_from__lte=at))
    where = Q() if team is None else Q(grants__team=None) | Q(grants__team=team)
    held = Q(grants__role=role, grants__revoked_at=None) & counts & where
    return list(User.objects.filter(held, is_active=True).order_by("name").distinct())


def holders(team: UUID | None) -> dict[str, list[str]]:
    """The names of the active people who hold each role in that team or everywhere; one query."""
    found: dict[str, list[str]] = {}
    grants = RoleGrant.objects.filter(Q(team=None) | Q(team=team), revoked_at=None, user__is_active=True)
    for role, name in grants.values_list("role", "user__name").order_by("user__name").distinct():
        found.setdefault(role, []).append(name)
    return found


def role_title(role: str) -> str:
    """The role's name in the active language."""
    return str(Role(role).label) if role in Role.values else role


def role_sentence(role: str) -> Sentence:
    """The role's name as a part of a sentence."""
    return say(_MSGIDS.get(role, role))


def either(roles: Sequence[str]) -> Sentence:
    """The roles as one says “SRE or Security”, each once, in their order; at least one."""
    joined, *rest = [role_sentence(role) for role in dict.fromkeys(roles)]
    for one in rest:
        joined = say("%(first)s or %(second)s", first=joined, second=one)
    return joined


@transaction.atomic
def grant(*, user: User, role: str, actor: User, team: UUID | None = None) -> RoleGrant:
    """Give the person the role, everywhere or in one team, of which they become a member.

    It counts for signing after 24 h or a second administrator's consent; at once while no review was ever
    opened, logged as set-up. A role already held stays as it is. Raises NotAllowed, Invalid, Conflict.
    """
    require_administrator(actor)
    where = _where(role, team)
    person = locked(user)
    if not person.is_active:
        raise Conflict(say("%(name)s is deactivated and is given no role.", name=str(person)))
    held = RoleGrant.objects.filter(user=person, role=role, team=where, revoked_at=None).first()
    if held:
        return held
    now, set_up = clock.now(), not in_use()
    made = RoleGrant.objects.create(
        user=person, role=role, team=where, granted_by=actor, granted_at=now,
        counts_from=now if set_up else now + WAITING_TIME,
    )  # fmt: skip
    if where is not None:
        membership.join(where, person, actor)
    acts.record(
        "role.granted_at_setup" if set_up else "role.granted",
        actor=actor, person=person, team=where, role=role, grant=made.pk, counts_from=made.counts_from,
    )  # fmt: skip
    return made


@transaction.atomic
def consent(*, grant_id: int, actor: User) -> RoleGrant:
    """A second administrator agrees to a grant: it counts for signing from now on.

    Neither who granted nor who receives, and only an administrator in whom that role counts already: one
    made a moment ago by the first is no second. Raises NotFound, NotAllowed, Conflict.
    """
    found = RoleGrant.objects.filter(pk=grant_id, revoked_at=None).select_related("user", "team").first()
    if found is None:
        raise NotFound(say("There is no such grant that waits."))
    locked(found.user)
    found.refresh_from_db(fields=["counts_from", "revoked_at"])
    now = clock.now()
    second_administrator(actor, now, not_one_of={found.granted_by_id, found.user_id})
    if found.revoked_at is not None or found.counts_from <= now:
        raise Conflict(say("This grant waits no longer."))
    found.consented_by, found.consented_at, found.counts_from = actor, now, now
    found.save(update_fields=["consented_by", "consented_at", "counts_from"])
    acts.record(
        "role.consented", actor=actor, person=found.user, team=found.team, role=found.role, grant=found.pk
    )
    return found


@transaction.atomic
def revoke(*, user: User, role: str, actor: User, team: UUID | None = None) -> None:
    """Take the role back, from now on; where it isn't held nothing changes. Raises NotAllowed."""
    require_administrator(actor)
    person = locked(user)
    live = RoleGrant.objects.filter(user=person, role=role, team=team, revoked_at=None)
    for held in live.select_related("team"):
        held.revoked_at, held.revoked_by = clock.now(), actor
        held.save(update_fields=["revoked_at", "revoked_by"])
        acts.record("role.revoked", actor=actor, person=person, team=held.team, role=role, grant=held.pk)


def require(user: User, *roles: str, team: UUID | None = None) -> None:
    """Raise NotAllowed unless the person holds one of the roles (in that `team`, or everywhere)."""
    if roles_of(user, team=team).isdisjoint(roles):
        needed = ", ".join(role_title(role) for role in roles)
        raise NotAllowed(say("This needs the role %(roles)s; you do not hold it.", roles=needed))


def require_administrator(actor: User) -> None:
    """Raise NotAllowed unless an administrator acts, or the system that sets the installation up."""
    if not actor.is_system:
        require(actor, Role.ADMIN)


def second_administrator(actor: User, now: datetime, *, not_one_of: set[UUID | None]) -> None:
    """Raise NotAllowed unless the actor is an administrator apart from those, in whom that role counts."""
    require(actor, Role.ADMIN)
    if actor.pk in not_one_of:
        raise NotAllowed(say("A second administrator consents: not who did it, and not whom it is about."))
    if Role.ADMIN not in roles_of(actor, now):
        raise NotAllowed(say("You are an administrator for less than 24 hours; consent needs an older one."))


def locked(user: User) -> User:
    """The person as they are now, their row locked until the transaction ends; first in every act on them."""
    return User.objects.select_for_update().get(pk=user.pk)


def _where(role: str, team: UUID | None) -> Team | None:
    if role not in Role.values:
        raise Invalid([FieldError("/role", say("There is no role “%(role)s”.", role=role))])
    if team is None:
        return None
    if role == Role.ADMIN or team == DEFAULT_TEAM:
        raise Invalid([FieldError("/team", say("This is held everywhere, not in one team."))])
    found = Team.objects.filter(pk=team).first()
    if found is None:
        raise Invalid([FieldError("/team", say("There is no such team."))])
    return found


_MSGIDS = {
    Role.RELEASE_MANAGER.value: "Release manager",
    Role.SRE.value: "SRE",
    Role.SECURITY.value: "Security",
    Role.PRODUCT.value: "Product",
    Role.DATA.value: "Data",
    Role.AUDITOR.value: "Auditor",
    Role.ADMIN.value: "Administrator",
}
