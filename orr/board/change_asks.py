"""What a change set asks for, before it is opened: its profiles, who must sign, how long."""

from typing import Any

from orr.accounts.roles import people_with, role_title
from orr.accounts.teams import owner_of
from orr.board import change_form
from orr.changes import intake
from orr.lib import clock
from orr.lib.errors import OrrError
from orr.policies import actions as policies
from orr.profiles import merge
from orr.reviews import actions as reviews


def asks(fields: dict[str, Any], profile: str = "") -> dict[str, Any] | None:
    """The profile chosen, or those derived, and their demands; None while the fields make no change set.

    A seat names the people in whom its role counts now, in the team that owns the services.
    """
    try:
        body = change_form.body(fields)
        intake.parse(body)
        names = reviews.asked_for(body, profile or None)
        loaded = [policies.expected(name) for name in names]
        union = merge.union(loaded)
    except (OrrError, ValueError):
        return None
    now, team = clock.now(), owner_of(body.get("service_ids") or [])
    kinds = frozenset(item["kind"] for item in body["items"])
    applying = [rule for rule in union.items.values() if rule.applies_to(kinds)]
    return {
        "profiles": [
            {"name": one.name, "version": one.version, "title": one.title.model_dump()} for one in loaded
        ],
        "seats": [
            {"title": role_title(role), "people": [p.name for p in people_with(role, now, team=team)]}
            for role in union.policy.slots
        ],
        "timelock": union.policy.timelock,
        "valid_for": union.policy.valid_for,
        "observation": union.canary.observation,
        "stages": [stage.percent for stage in union.canary.stages],
        "checks": len(applying),
        "left_out": len(union.items) - len(applying),
    }
