"""Delegations for tests, made by the product's own action."""

from datetime import timedelta
from typing import Any

from approvals import deputies
from approvals.models import Delegation
from orr.accounts.models import User
from orr.lib import clock


def name(principal: User, deputy: User, role: str, **how: Any) -> Delegation:
    """`deputy` stands in for `principal` from a minute ago for a day, everywhere."""
    now = clock.now()
    given = {
        "team": None, "starts_at": now - timedelta(minutes=1), "ends_at": now + timedelta(days=1),
        "reason": "Away.", **how,
    }  # fmt: skip
    return deputies.name(actor=principal, deputy=deputy, role=role, **given)
