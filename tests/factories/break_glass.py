"""A review whose profile allows break-glass, and what waits on it."""

from pathlib import Path
from typing import Any

from orr.accounts.models import User
from orr.decisions.models import Proposal
from orr.reviews import actions as reviews
from orr.reviews.models import Review
from tests.factories.change_sets import change_set
from tests.factories.decisions import propose, record, sign

LOOK_WITHIN = 86_400
POLICY = """
version = 1
title = {{ en = "Emergency", ko = "긴급" }}
[policy]
slots = ["sre", "security"]
timelock = {timelock}
approve_within = 3600
valid_for = 3600
{break_glass}
"""


def profile_file(folder: Path, *, allowed: bool = True, timelock: int = 600) -> str:
    """A profile file of its own; returns its name."""
    name = f"emergency{timelock}-{'open' if allowed else 'shut'}"
    within = f"break_glass = {{ second_look_within = {LOOK_WITHIN} }}" if allowed else ""
    text = POLICY.format(timelock=timelock, break_glass=within)
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return name


def waiting(profile: str, requester: User, *codes: str, **fields: Any) -> Review:
    """A review whose every item passes but the named ones: pending, unless `fields` say otherwise."""
    review = reviews.open_review(change_set=change_set(), profile=profile, actor=requester)
    for rule in reviews.rules_of(review):
        if rule.code not in codes:
            record(review, rule.code)
    for code in codes:
        record(review, code, **(fields or {"samples": 0, "judged": "pending"}))
    return review


def broken(review: Review, actor: User, *codes: str, **how: Any) -> Proposal:
    """A break-glass proposal that passes these items by name."""
    return propose(review, actor, break_glass=codes, reason="The site is down.", **how)


def signed(proposal: Proposal, *people: User) -> Proposal:
    """The proposal, signed by these people."""
    for person in people:
        sign(proposal, person)
    return proposal
