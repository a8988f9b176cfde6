"""In which capacities a person may fill the open seats of a request: their own, or those of principals."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from approvals.actions import seated_in
from approvals.models import Approval, Delegation
from orr.accounts.models import User
from orr.accounts.roles import role_sentence
from orr.lib.errors import Conflict, NotAllowed
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


@dataclass(frozen=True)
class Wanted:
    """The seat that a signer asks for: in a role or any, for a principal or oneself, as a passkey said."""

    role: str | None = None
    on_behalf_of: UUID | None = None
    assertion: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Chosen:
    """What a signer signs for: slots, and by which delegations of one principal; none for themselves."""

    may: tuple[int, ...]
    delegations: tuple[Delegation, ...]

    @property
    def principal(self) -> User | None:
        """For whom they sign; None for themselves."""
        return self.delegations[0].principal if self.delegations else None


def chosen(offered: Sequence[Capacity], actor: User, slots: Sequence[str], wanted: Wanted) -> Chosen:
    """Of what is `offered`, the actor's own seats or those of the principal they named, in the asked roles.

    Raises NotAllowed where there is none, Conflict where it is none of those a passkey was asked for.
    """
    named = [one for one in offered if (one.principal.pk if one.principal else None) == wanted.on_behalf_of]
    if not named:
        raise NotAllowed(_none_of_that(offered, actor, wanted))
    asked = {wanted.role} if wanted.role else set(slots)
    if wanted.assertion is not None:
        asked &= set(wanted.assertion["statement"]["roles"])
    may = {slot for one in named for slot in one.may if slots[slot] in asked}
    if may:
        by = tuple(one.delegation for one in named if one.delegation)
        return Chosen(tuple(sorted(may)), by)
    if wanted.role:
        raise NotAllowed(say("You cannot sign in the role %(role)s.", role=role_sentence(wanted.role)))
    raise Conflict(say("The seats changed while your passkey answered; look again, then sign again."))


def _none_of_that(offered: Sequence[Capacity], actor: User, wanted: Wanted) -> Sentence:
    if wanted.on_behalf_of is not None or not offered:
        return say("You do not stand in for that person here.")
    named = ", ".join(str(one.principal) for one in offered)
    return say("%(name)s has no seat of their own here; say that you sign for %(principal)s.",
               name=str(actor), principal=named)  # fmt: skip


def union(found: Iterable[Capacity]) -> dict[User, tuple[int, ...]]:
    """Each person with all the slots they may fill in one capacity or another, in the order given."""
    slots: dict[User, tuple[int, ...]] = {}
    for one in found:
        slots[one.person] = tuple(sorted({*slots.get(one.person, ()), *one.may}))
    return slots


def _seated(person: User, standing: Sequence[Approval]) -> Sentence:
    deputy = next((one.person for one in standing if one.on_behalf_of_id == person.pk), None)
    if deputy is None:
        return say("%(name)s has signed this proposal.", name=str(person))
    return say(
        "%(deputy)s signed for %(name)s; that is the one seat of both.", deputy=str(deputy), name=str(person)
    )
