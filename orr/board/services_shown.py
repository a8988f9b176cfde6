"""Which services are enforced, in shadow, or wait for consent, as the settings page shows them."""

from typing import Any

from orr.accounts import roles
from orr.accounts.models import Role, TeamService, User
from orr.lib import clock
from orr.policies import enforcement
from orr.policies.service_modes import SHADOW, ServiceMode

Row = dict[str, Any]


def shown(person: User) -> Row:
    """Every service of which something was said, and those that a team owns: these are enforced."""
    said = enforcement.listed()
    admin, older = (Role.ADMIN in roles.roles_of(person, at) for at in (None, clock.now()))
    rows = [_row(row, person, admin, older) for row in said]
    known = {row.service_id for row in said if row.counts_from is not None}
    owned = TeamService.objects.exclude(service_id__in=known).order_by("service_id")
    return {
        "rows": rows,
        "silent": list(owned.values_list("service_id", flat=True)),
        "admin": admin,
        "shadow": sum(row["state"] == "shadow" for row in rows),
        "waiting": sum(row["state"] == "waiting" for row in rows),
        "setup": not roles.in_use(),
    }


def _row(row: ServiceMode, person: User, admin: bool, older: bool) -> Row:
    waiting = row.counts_from is None
    return {
        "service": row.service_id,
        "state": "waiting" if waiting else row.mode,
        "since": row.asked_at if waiting else row.counts_from,
        "by": str(row.asked_by),
        "with": str(row.consented_by or ""),
        "at_setup": row.at_setup,
        "reason": row.reason,
        "may_consent": waiting and older and row.asked_by_id != person.pk,
        "may_enforce": admin and row.mode == SHADOW,
    }
