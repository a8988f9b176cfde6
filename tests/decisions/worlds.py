"""Two reviews that share their people, and times short enough to let them pass."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as ours

from approvals import actions as approvals
from orr.accounts.models import AuthorMapping, User
from orr.decisions import proposals
from orr.events import bus
from orr.lib import clock
from orr.reviews import actions as reviews
from orr.reviews.acts import find
from tests.factories.change_sets import change_set
from tests.factories.decisions import green
from tests.factories.people import person

ROLES = {
    "manager": "release_manager",
    "boss": "release_manager",
    "sre": "sre",
    "sre2": "sre",
    "sec": "security",
    "sec2": "security",
    "product": "product",
}
PROFILE = """
version = {version}
title = {{ en = "Quick", ko = "빠른" }}
[items."G1.1"]
freshness = 1
[policy]
slots = {slots}
timelock = {timelock}
approve_within = 3600
valid_for = 3600
"""
NAME = "sequences"
TIMELOCK = timedelta(milliseconds=12)
NEAR, FAR = timedelta(milliseconds=150), timedelta(days=1)
FRESH = timedelta(seconds=1)


def policy(slots: tuple[str, ...] = ("sre", "security"), timelock: int = 0, version: int = 1) -> None:
    """Write the profile file that the reviews were opened with, or a weaker one in its place."""
    text = PROFILE.format(slots=list(slots), timelock=timelock, version=version)
    (Path(ours.PLURA_PROFILES) / f"{NAME}.toml").write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class World:
    """The people by name and the codes of the two reviews, every item passing."""

    people: dict[str, User]
    codes: tuple[str, str]


def world() -> World:
    """Make the people and the reviews; they are there for every sequence."""
    policy()
    people = {name: person(name, role) for name, role in ROLES.items()}
    AuthorMapping.objects.create(author_id="gh:7", user=people["product"], mapped_by=people["boss"])
    body = change_set(authors=[{"id": "gh:7", "name": "Dev"}])
    one, other = (
        reviews.open_review(change_set=body, profile=NAME, actor=people["manager"]).code for _ in range(2)
    )
    for code in (one, other):
        green(find(code))
    return World(people, (one, other))


@contextmanager
def short_times() -> Iterator[dict[str, timedelta]]:
    """A timelock of milliseconds, and a deadline within what the caller puts under `within`."""
    asked = {"within": FAR}
    whole, open_request = proposals._terms, approvals.open_request

    def terms(*stated: Any) -> Any:
        found = whole(*stated)
        return replace(found, approve_by=min(found.approve_by, clock.now() + asked["within"]))

    heard = {
        event: [one for one in handlers if one.__module__.startswith(("orr.decisions", "orr.reviews"))]
        for event, handlers in bus._handlers.items()
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proposals, "_terms", terms)
        patch.setattr(approvals, "open_request", lambda **how: open_request(**{**how, "delay": TIMELOCK}))
        # What rehearses, rolls out and draws has tests of its own.
        for event, handlers in heard.items():
            patch.setitem(bus._handlers, event, handlers)
        yield asked
