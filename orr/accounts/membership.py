"""Membership of a team is one right on it, `view_team`; and how far a person sees by what they hold."""

from dataclasses import dataclass
from typing import cast
from uuid import UUID

from django.db.models import QuerySet
from guardian.shortcuts import assign_perm, get_users_with_perms, remove_perm

from orr.accounts import acts
from orr.accounts.models import RoleGrant, Team, TeamPermission, User

VIEW = "view_team"


@dataclass(frozen=True)
class Sight:
    """How far a person sees: everywhere, or the reviews of these teams; and always what they requested."""

    person: UUID
    everywhere: bool
    teams: frozenset[UUID]

    def of(self, *, team: UUID | None, requester: UUID) -> bool:
        """Whether a review of that team, requested by that person, is in sight."""
        return self.everywhere or team in self.teams or requester == self.person


NOTHING = Sight(UUID(int=0), False, frozenset())


def sight(user: User) -> Sight:
    """How far the person sees now: any role held everywhere, and the teams of which they are a member.

    An inactive person sees nothing, not even what they requested.
    """
    if not user.is_active:
        return NOTHING
    everywhere = roles_everywhere(user).exists()
    return Sight(user.pk, everywhere, frozenset(rights_of(user).values_list("content_object", flat=True)))


def roles_everywhere(user: User) -> QuerySet[RoleGrant]:
    """The live grants of the person that hold in no team in particular; none for who is inactive."""
    return RoleGrant.objects.filter(user=user.pk, user__is_active=True, team=None, revoked_at=None)


def rights_of(user: User) -> QuerySet[TeamPermission]:
    """The person's memberships, to be used inside queries too; none for who is inactive."""
    return TeamPermission.objects.filter(user=user.pk, user__is_active=True, permission__codename=VIEW)


def members(team: Team) -> list[User]:
    """The active members by name; guardian's own shortcut returns the inactive too."""
    return list(_with_right(team).filter(is_active=True).order_by("name"))


def join(team: Team, person: User, actor: User) -> None:
    """Give the right, for an act that has locked the person; a member stays one."""
    if not _with_right(team).filter(pk=person.pk).exists():
        assign_perm(VIEW, person, team)
        acts.record("team.member_added", actor=actor, person=person, team=team)


def leave(team: Team, person: User, actor: User) -> None:
    """Take the right, for an act that has locked the person."""
    if _with_right(team).filter(pk=person.pk).exists():
        remove_perm(VIEW, person, team)
        acts.record("team.member_removed", actor=actor, person=person, team=team)


def _with_right(team: Team) -> QuerySet[User]:
    found = get_users_with_perms(
        team, only_with_perms_in=[VIEW], with_group_users=False, with_superusers=False
    )
    return cast(QuerySet[User], found)
