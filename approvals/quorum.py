"""Who fills which slot of a quorum: a pure bipartite matching of people and role slots.

A quorum is a list of slots, each a role. One person fills one slot, whatever roles they hold, and all
slots are filled by different people. Kuhn's augmenting paths: whoever came first keeps a seat, though not
necessarily the same one, and a person with two roles takes the slot that leaves the quorum possible.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

Person = TypeVar("Person", bound=Hashable)


@dataclass(frozen=True)
class Quorum:
    """Slot index → person, the roles of the slots that are still open, and whether none is."""

    seats: Mapping[int, Hashable] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every slot is filled; a quorum without slots is refused before, and never complete."""
        return bool(self.seats) and not self.missing


def fill(slots: Sequence[str], approvals: Iterable[tuple[Hashable, str | Collection[str]]]) -> Quorum:
    """Seat as many of `approvals` as possible, the earlier before the later.

    `slots`: the role of each slot, in order. `approvals`: pairs (person, role or roles), in the order of
    signing; a person's second approval changes nothing.
    """
    offers: dict[Hashable, tuple[int, ...]] = {}
    for person, held in approvals:
        roles = {held} if isinstance(held, str) else set(held)
        offers.setdefault(person, tuple(i for i, role in enumerate(slots) if role in roles))
    seats = match(offers)
    return Quorum(dict(sorted(seats.items())), tuple(role for i, role in enumerate(slots) if i not in seats))


def match(offers: Mapping[Person, Collection[int]]) -> dict[int, Person]:
    """A largest assignment slot → person; who stands earlier in `offers` is never unseated by a later one."""
    seats: dict[int, Person] = {}
    for person in offers:
        _seat(person, offers, seats, set())
    return seats


def seat(
    slots: Sequence[str],
    taken: Collection[int],
    may: Collection[int],
    others: Mapping[Person, Collection[int]],
) -> int | None:
    """The open slot, of those the newcomer `may` fill, after which the `others` can fill most of the rest.

    Of equals the first; None where every slot in `may` is taken. `others` are the people who could still
    sign, each with the slots they may fill: a signature names its role, so it is never moved afterwards.
    """
    open_slots = set(range(len(slots))) - set(taken)
    best: tuple[int, int] | None = None
    for index in sorted(open_slots & set(may)):
        rest = open_slots - {index}
        fillable = len(match({person: sorted(rest & set(can)) for person, can in others.items()}))
        if best is None or fillable > best[0]:
            best = (fillable, index)
    return None if best is None else best[1]


def _seat(
    person: Person, offers: Mapping[Person, Collection[int]], seats: dict[int, Person], tried: set[int]
) -> bool:
    for slot in offers[person]:
        if slot in tried:
            continue
        tried.add(slot)
        if slot not in seats or _seat(seats[slot], offers, seats, tried):
            seats[slot] = person
            return True
    return False
