"""Which roles a person holds at a moment, and who holds a role."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from orr.accounts.models import Role, RoleGrant, User
from orr.lib import clock
from orr.lib.errors import FieldError, Invalid, NotAllowed
from orr.lib.sentence import Sentence, say

WAITING_TIME = timedelta(hours=24)


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


def grant(*, user: User, role: str, actor: User, at_once: bool) -> RoleGrant:
    """Give `user` the role; it counts for signing after 24 h, or at once while the installation is set up.

    Raises Invalid for an unknown role; a role already held stays as it is.
    """
    if role not in Role.values:
        raise Invalid([FieldError("/role", say("There is no role “%(role)s”.", role=role))])
    now = clock.now()
    held = RoleGrant.objects.filter(user=user, role=role, revoked_at=None).first()
    if held:
        return held
    counts_from = now if at_once else now + WAITING_TIME
    return RoleGrant.objects.create(
        user=user, role=role, granted_by=actor, granted_at=now, counts_from=counts_from
    )


def revoke(*, user: User, role: str, actor: User) -> None:
    """Take the role back, from now on."""
    require(actor, Role.ADMIN)
    RoleGrant.objects.filter(user=user, role=role, revoked_at=None).update(revoked_at=clock.now())


def require(user: User, *roles: str, team: UUID | None = None) -> None:
    """Raise NotAllowed unless the person holds one of the roles (in that `team`, or everywhere)."""
    if roles_of(user, team=team).isdisjoint(roles):
        needed = ", ".join(role_title(role) for role in roles)
        raise NotAllowed(say("This needs the role %(roles)s; you do not hold it.", roles=needed))


_MSGIDS = {
    Role.RELEASE_MANAGER.value: "Release manager",
    Role.SRE.value: "SRE",
    Role.SECURITY.value: "Security",
    Role.PRODUCT.value: "Product",
    Role.DATA.value: "Data",
    Role.AUDITOR.value: "Auditor",
    Role.ADMIN.value: "Administrator",
}
