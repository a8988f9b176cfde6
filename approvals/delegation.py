"""Who may stand in for whom: one step, no circle, nobody for themselves, nobody twice. Pure.

A delegation is in force from `starts_at` until before `ends_at`. The database holds the same rules
(migration 0004) against whoever writes past the action.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from orr.lib.bounds import BEYOND, plausible
from orr.lib.met import Met, Requirement, Unmet
from orr.lib.sentence import say

LONGEST = timedelta(days=366)


class Named(Protocol):
    """A delegation as far as the rules go; `team_id` None is everywhere."""

    @property
    def principal_id(self) -> Hashable: ...
    @property
    def deputy_id(self) -> Hashable: ...
    @property
    def role(self) -> str: ...
    @property
    def team_id(self) -> Hashable | None: ...
    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...


@dataclass(frozen=True)
class Wanted:
    """A delegation that somebody wants to make."""

    principal_id: Hashable
    deputy_id: Hashable
    role: str
    team_id: Hashable | None
    starts_at: datetime
    ends_at: datetime


def in_force(named: Named, at: datetime) -> bool:
    """Whether it holds at that moment: half open, so two that follow each other never overlap."""
    return named.starts_at <= at < named.ends_at


def may_name(wanted: Wanted, others: Iterable[Named], now: datetime) -> Requirement:
    """Whether it may be made beside the `others`, which are all that are not revoked."""
    if wanted.principal_id == wanted.deputy_id:
        return Unmet(say("Nobody is their own deputy."))
    if not (plausible(wanted.starts_at) and plausible(wanted.ends_at)):
        return Unmet(BEYOND)
    if wanted.ends_at - wanted.starts_at > LONGEST:
        return Unmet(say("A delegation lasts %(days)s days at most.", days=LONGEST.days))
    if not wanted.starts_at < wanted.ends_at:
        return Unmet(say("A delegation ends after it begins."))
    if wanted.ends_at <= now:
        return Unmet(say("That time is over already."))
    beside = [one for one in others if _at_once(wanted, one)]
    same = [one for one in beside if one.role == wanted.role and _same_place(wanted, one)]
    if any((o.principal_id, o.deputy_id) == (wanted.principal_id, wanted.deputy_id) for o in same):
        return Unmet(say("This deputy is named already for that time."))
    if any(one.deputy_id == wanted.principal_id for one in same):
        return Unmet(say("You stand in for somebody in this role then; a delegated role is not passed on."))
    if any(one.principal_id == wanted.deputy_id for one in same):
        return Unmet(say("They have a deputy for this role then; a delegated role is not passed on."))
    if wanted.principal_id in _onward(wanted.deputy_id, beside):
        return Unmet(say("They already stand in for each other then; deputies form no circle."))
    return Met()


def _at_once(one: Named, other: Named) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def _same_place(one: Named, other: Named) -> bool:
    return one.team_id is None or other.team_id is None or one.team_id == other.team_id


def _onward(person: Hashable, named: Iterable[Named]) -> set[Hashable]:
    """Everybody to whom something of that person's comes, over any number of steps."""
    found, edge = {person}, {person}
    known = list(named)
    while edge:
        edge = {one.deputy_id for one in known if one.principal_id in edge} - found
        found |= edge
    return found
