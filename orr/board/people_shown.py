"""People and roles as the settings page shows them."""

from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from orr.accounts.models import SYSTEM_USERNAME, Role, RoleGrant, User
from orr.accounts.roles import role_title
from orr.lib import clock

Row = dict[str, Any]


def people() -> list[Row]:
    """Everybody with their live roles; the inactive last."""
    live = Prefetch(
        "grants", queryset=RoleGrant.objects.filter(revoked_at=None).order_by("role"), to_attr="live_grants"
    )
    found = (
        User.objects.exclude(username=SYSTEM_USERNAME).prefetch_related(live).order_by("-is_active", "name")
    )
    return [
        {
            "name": str(one),
            "username": one.username,
            "active": one.is_active,
            "last_login": one.last_login,
            "entered": one.has_usable_password(),
            "roles": [role_title(g.role) for g in one.live_grants],
        }
        for one in found
    ]


def roles_table() -> list[Row]:
    """Each role: who holds it, in whom it counts for signing now, and what it may do."""
    now = clock.now()
    grants = (
        RoleGrant.objects.filter(revoked_at=None, user__is_active=True)
        .select_related("user")
        .order_by("user__name")
    )
    by_role: dict[str, list[RoleGrant]] = {role: [] for role in Role.values}
    for grant in grants:
        by_role.setdefault(grant.role, []).append(grant)
    about = _about()
    return [
        {
            "role": role,
            "title": role_title(role),
            "people": [str(g.user) for g in held],
            "about": about[role],
            "counting": sum(g.counts_from <= now for g in held),
            "waiting": sum(g.counts_from > now for g in held),
        }
        for role, held in by_role.items()
    ]


def grants_of(person: User) -> list[Row]:
    """Every grant the person ever had, the newest first."""
    found = person.grants.select_related("granted_by").order_by("-granted_at")
    return [
        {
            "role": g.role,
            "title": role_title(g.role),
            "by": str(g.granted_by or ""),
            "at": g.granted_at,
            "counts_from": g.counts_from,
            "revoked_at": g.revoked_at,
        }
        for g in found
    ]


def _about() -> dict[str, str]:
    return {
        Role.RELEASE_MANAGER: _("Opens reviews, proposes, starts, closes, Exit"),
        Role.SRE: _("Signs SRE seats, Exit"),
        Role.SECURITY: _("Signs security seats, veto, Exit"),
        Role.PRODUCT: _("Signs product seats, attests documents, Exit"),
        Role.DATA: _("Signs data seats, attests legal hold, Exit"),
        Role.AUDITOR: _("Reads, downloads, verifies"),
        Role.ADMIN: _("People, roles, author mapping"),
    }
