"""People for tests, with roles that count."""

from datetime import timedelta

from guardian.shortcuts import assign_perm

from orr.accounts import people, roles
from orr.accounts.models import RoleGrant, Team, TeamService, User
from orr.lib import clock

PASSWORD = "a-long-test-password"


def person(username: str, *held: str, counts: bool = True, team: Team | None = None) -> User:
    """A person with these roles (in the team); with `counts` False the grants are too young to sign."""
    user = User(username=username, name=username.replace("_", " ").title())
    user.set_password(PASSWORD)
    user.save()
    for role in held:
        give(user, role, counts=counts, team=team)
    return user


def give(user: User, role: str, *, counts: bool = True, team: Team | None = None) -> None:
    """The role as it stands after the product's own grant, 24 hours ago or just now; held twice it is one."""
    now = clock.now()
    held = {"user": user, "role": role, "team": team, "revoked_at": None}
    given = {"granted_by": people.system(), "counts_from": now if counts else now + roles.WAITING_TIME}
    RoleGrant.objects.get_or_create(**held, defaults=given)
    if team is not None:
        assign_perm("view_team", user, team)


def team(slug: str, *services: str) -> Team:
    """A team that owns these services."""
    made = Team.objects.create(slug=slug, name=slug.title())
    for service in services:
        TeamService.objects.create(team=made, service_id=service)
    return made


def age_grants(user: User, by: timedelta) -> None:
    """Let the person's grants count from `by` ago."""
    RoleGrant.objects.filter(user=user).update(counts_from=clock.now() - by)
