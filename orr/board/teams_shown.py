"""Teams as the settings pages show them: services, members, and who signs in each."""

from typing import Any

from django.db.models import Count, Q

from orr.accounts import membership, roles
from orr.accounts.membership import Sight
from orr.accounts.models import APPROVER_ROLES, DEFAULT_TEAM, Role, RoleGrant, Team, User
from orr.accounts.roles import role_title
from orr.lib import clock
from orr.lib.errors import Hidden
from orr.lib.sentence import say

Row = dict[str, Any]
SIGNING = tuple(role for role in Role.values if role in APPROVER_ROLES)


def visible(team: Team, seen: Sight) -> Team:
    """The team, for its members and who sees everything. Raises Hidden for others."""
    if not seen.everywhere and team.pk not in seen.teams:
        raise Hidden(say("There is no team “%(name)s”.", name=team.slug))
    return team


def listed(seen: Sight) -> list[Row]:
    """Every team in sight with its numbers, and the signing roles that nobody fills there."""
    within = Q() if seen.everywhere else Q(pk__in=seen.teams)
    counted = Team.objects.filter(within).annotate(
        owned=Count("services", distinct=True),
        people=Count("rights", filter=Q(rights__user__is_active=True), distinct=True),
    )
    empty = _empty_seats()
    return [
        {
            "slug": team.slug,
            "name": team.name,
            "services": team.owned,
            "members": team.people,
            "everyone": team.pk == DEFAULT_TEAM,
            "empty": [role_title(role) for role in SIGNING if role in empty(team)],
        }
        for team in counted.order_by("name")
    ]


def _empty_seats() -> Any:
    """Which signing roles count in nobody, by team; one query for all."""
    now = clock.now()
    counting = RoleGrant.objects.filter(
        Q(user__signs_from=None) | Q(user__signs_from__lte=now),
        role__in=SIGNING, revoked_at=None, counts_from__lte=now, user__is_active=True,
    )  # fmt: skip
    held = set(counting.values_list("team", "role"))
    return lambda team: {role for role in SIGNING if not {(None, role), (team.pk, role)} & held}


def told(team: Team) -> Row:
    """One team: its services, its people with their roles in it, the signing roles and who fills them."""
    live = RoleGrant.objects.filter(team=team, revoked_at=None).select_related("user").order_by("role")
    by_person: dict[Any, list[RoleGrant]] = {}
    for grant in live:
        by_person.setdefault(grant.user_id, []).append(grant)
    return {
        "everyone": team.pk == DEFAULT_TEAM,
        "services": list(team.services.order_by("service_id").values_list("service_id", flat=True)),
        "members": [
            {"user": one, "grants": [(g.role, role_title(g.role)) for g in by_person.get(one.pk, [])]}
            for one in membership.members(team)
        ],
        "seats": [_seat(role, team) for role in SIGNING],
    }


def _seat(role: str, team: Team) -> Row:
    return {
        "title": role_title(role),
        "people": [str(p) for p in roles.people_with(role, clock.now(), team=team.pk)],
    }


def others(team: Team) -> list[User]:
    """Whom an administrator could add: active people who are no members."""
    inside = [one.pk for one in membership.members(team)]
    return list(
        User.objects.filter(is_active=True).exclude(username="system").exclude(pk__in=inside).order_by("name")
    )
