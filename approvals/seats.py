"""In which capacities a person may fill the open seats of a request: their own, or those of principals."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from approvals.actions import seated_in
from approvals.models import Approval, Delegation
from orr.accounts.models import User
from orr.lib.met import Met, Requirement, Unmet
from orr.lib.sentence import Sentence, say


@dataclass(frozen=True)
class Capacity:
    """Slots that a person may fill: in their own right, or by a delegation for its principal."""

    person: User
    may: tuple[int, ...]
    delegation: Delegation | None = None

    @property
    def principal(self) -> User | None:
        """For whom they would sign; None for themselves."""
        return self.delegation.principal if self.delegation else None


def still_open(
    found: Sequence[Capacity], person: User, standing: Sequence[Approval]
) -> tuple[list[Capacity], Requirement]:
    """Those of the capacities whose holder sits nowhere yet, with the slots that are open; else why not."""
    seated, taken = seated_in(standing), {approval.slot for approval in standing}
    if person.pk in seated:
        return [], Unmet(_seated(person, standing))
    free = [one for one in found if one.principal is None or one.principal.pk not in seated]
    if not free:
        named = ", ".join(str(one.principal) for one in found)
        return [], Unmet(
            say("%(name)s has a seat already, and nobody fills another in that name.", name=named)
        )
    opened = [replace(one, may=tuple(slot for slot in one.may if slot not in taken)) for one in free]
    possible = [one for one in opened if one.may]
    if not possible:
        return [], Unmet(say("Every slot that %(name)s could fill is filled.", name=str(person)))
    return possible, Met()


def whose_own(actor: User, deputed: Sequence[Capacity]) -> Unmet:
    """What is said to who signs for themselves and only could for others."""
    named = ", ".join(str(one.principal) for one in deputed)
    return Unmet(
        say("%(name)s has no seat of their own here; say that you sign for %(principal)s.",
            name=str(actor), principal=named)
    )  # fmt: skip


def _seated(person: User, standing: Sequence[Approval]) -> Sentence:
    deputy = next((one.person for one in standing if one.on_behalf_of_id == person.pk), None)
    if deputy is None:
        return say("%(name)s has signed this proposal.", name=str(person))
    return say(
        "%(deputy)s signed for %(name)s; that is the one seat of both.", deputy=str(deputy), name=str(person)
    )
