"""People and roles as the settings page shows them."""

from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from orr.accounts.membership import Sight
from orr.accounts.models import SYSTEM_USERNAME, AuthorMapping, Role, RoleGrant, User
from orr.accounts.roles import role_title
from orr.lib import clock
from orr.reviews import sight
from orr.reviews.models import Review
from orr.reviews.states import COLLECTING

Row = dict[str, Any]
BLOCKED_LOOKED_AT = 200


def people() -> list[Row]:
    """Everybody with their live roles and where they hold them; the inactive last."""
    live = Prefetch(
        "grants",
        queryset=RoleGrant.objects.filter(revoked_at=None)
        .select_related("team")
        .order_by("role", "team__name"),
        to_attr="live_grants",
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
            "signs_from": one.signs_from,
            "roles": [role_title(g.role) for g in one.live_grants if g.team_id is None],
            "in_teams": [f"{g.team.name}: {role_title(g.role)}" for g in one.live_grants if g.team],
        }
        for one in found
    ]


def roles_table() -> list[Row]:
    """Each role: who holds it and where, in whom it counts for signing now, and what it may do."""
    now = clock.now()
    grants = (
        RoleGrant.objects.filter(revoked_at=None, user__is_active=True)
        .select_related("user", "team")
        .order_by("user__name", "team__name")
    )
    by_role: dict[str, list[RoleGrant]] = {role: [] for role in Role.values}
    for grant in grants:
        by_role.setdefault(grant.role, []).append(grant)
    about = _about()
    return [
        {
            "role": role,
            "title": role_title(role),
            "people": [str(g.user) for g in held if g.team is None],
            "in_teams": [f"{g.user} ({g.team.name})" for g in held if g.team is not None],
            "about": about[role],
            "counting": len({g.user_id for g in held if _counts(g, now)}),
            "waiting": len({g.user_id for g in held if not _counts(g, now)}),
        }
        for role, held in by_role.items()
    ]


def _counts(grant: RoleGrant, now: datetime) -> bool:
    back = grant.user.signs_from
    return grant.counts_from <= now and (back is None or back <= now)


def waiting(viewer: User) -> list[Row]:
    """The grants that do not count yet, the soonest first, and whether this person may consent."""
    found = RoleGrant.objects.filter(revoked_at=None, user__is_active=True, counts_from__gt=clock.now())
    return [
        {
            "id": g.pk,
            "user": g.user,
            "title": role_title(g.role),
            "team": g.team.name if g.team else "",
            "by": str(g.granted_by or ""),
            "counts_from": g.counts_from,
            "mine": viewer.pk in {g.granted_by_id, g.user_id},
        }
        for g in found.select_related("user", "team", "granted_by").order_by("counts_from")
    ]


def grants_of(person: User) -> list[Row]:
    """Every grant the person ever had, the newest first."""
    found = person.grants.select_related("granted_by", "consented_by", "team").order_by("-granted_at")
    return [
        {
            "id": g.pk,
            "role": g.role,
            "title": role_title(g.role),
            "team": g.team,
            "by": str(g.granted_by or ""),
            "consented_by": str(g.consented_by or ""),
            "at": g.granted_at,
            "counts_from": g.counts_from,
            "revoked_at": g.revoked_at,
        }
        for g in found
    ]


def blocked(seen: Sight) -> list[Row]:
    """The authors of open reviews in sight whom nobody mapped: each blocks every signature there."""
    # The 200 latest are looked at, each with its own words; what is older waits for more than a name.
    opened = Review.objects.filter(sight.within(seen), state__in=COLLECTING).select_related("change_set")
    latest = list(opened.defer("profile").order_by("-updated_at", "-id")[:BLOCKED_LOOKED_AT])
    authors: dict[str, Row] = {}
    for review in latest:
        for author in review.body.get("authors") or []:
            row = authors.setdefault(author["id"], {"id": author["id"], "name": author["name"], "codes": []})
            row["codes"].append(review.code)
    known = set(AuthorMapping.objects.filter(author_id__in=authors).values_list("author_id", flat=True))
    return [row for key, row in sorted(authors.items()) if key not in known]


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
