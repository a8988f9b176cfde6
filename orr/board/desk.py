"""One person's desk at one moment: what is known of them once, and the shape of what waits for them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from orr.accounts import membership
from orr.accounts.membership import Sight
from orr.accounts.models import RoleGrant, User
from orr.accounts.roles import roles_of
from orr.board.live_proposals import Live, live_proposals
from orr.lib import clock


@dataclass(frozen=True)
class Duty:
    """One thing to do: on what, by when (None: no deadline), what it says, and where it is done."""

    kind: str
    code: str
    title: str
    about: str
    url: str
    label: str
    until: datetime | None
    word: str
    note: str = ""
    seats: Sequence[dict[str, Any]] = field(default_factory=tuple)


class Desk:
    """One person at one moment, and what several kinds of duty ask of the database once."""

    def __init__(self, person: User) -> None:
        self.person, self.now = person, clock.now()
        self._counting: dict[UUID | None, frozenset[str]] = {}

    @cached_property
    def live(self) -> list[Live]:
        """Every live proposal as it is for the person."""
        return live_proposals(self.person, self.now, self.sight)

    @cached_property
    def sight(self) -> Sight:
        """How far the person sees: nothing out of sight waits for them."""
        return membership.sight(self.person)

    @cached_property
    def grants(self) -> list[tuple[str, Any]]:
        """The roles the person holds, each with its team or None."""
        if not self.person.is_active:
            return []
        held = RoleGrant.objects.filter(user=self.person, revoked_at=None)
        return list(held.values_list("role", "team_id"))

    def counting(self, team: UUID | None) -> frozenset[str]:
        """The roles that count in the person now, everywhere or in that team; asked once for each team."""
        if team not in self._counting:
            self._counting[team] = roles_of(self.person, self.now, team=team)
        return self._counting[team]
