"""In whose right a person rejects or cancels: their own before any other, else that of a principal.

Stopping is the safe direction: what bars a person from signing bars neither them nor their principal here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from approvals.models import Delegation
from orr.accounts.models import User
from orr.lib.met import Met, Requirement, Unmet
from orr.lib.sentence import say


@dataclass(frozen=True)
class Right:
    """Whether a person may stop something, and by which delegation where the right is a principal's."""

    requirement: Requirement
    delegation: Delegation | None = None

    @property
    def principal(self) -> User | None:
        """For whom they would stop it; None for themselves."""
        return self.delegation.principal if self.delegation else None


def right(own: Requirement, deputed: Callable[[], Sequence[Delegation]], wanted: UUID | None = None) -> Right:
    """The person's `own` right where it is met, else that of the principal `wanted`, of the first if unsaid.

    `deputed`: by which delegations they stand in for somebody whose role allows it; asked only if needed.
    """
    found = [] if own else deputed()
    if not found:
        return Right(own)
    by = next((one for one in found if wanted in (None, one.principal_id)), None)
    if by is None:
        return Right(Unmet(say("You do not stand in for that person here.")))
    return Right(Met(), by)
