"""How the policy of a name stands: what is in force, what its file says now, and where that is weaker.

It only reads, so that a page may show it; what follows from it is written in `adoption`.
"""

from dataclasses import dataclass
from functools import cached_property

from orr.lib.errors import Invalid, Unavailable
from orr.lib.sentence import Sentence, joined, say
from orr.policies.models import PolicyVersion, State
from orr.policies.strictness import weaker
from orr.profiles import load
from orr.profiles.schema import Profile


@dataclass(frozen=True)
class Standing:
    """One name. `row`: the version in force; `file`: what its file says, None where it says nothing.

    `governing`: the version whose slots, timelock and deadline a change follows: the one in force, for a
    new name that of `standard`. `error`: why the file says nothing.
    """

    name: str
    row: PolicyVersion | None
    governing: PolicyVersion | None
    file: Profile | None
    error: Sentence | None

    @cached_property
    def in_force(self) -> Profile | None:
        """The profile in force. Raises Unavailable where its stored bytes are no profile of today."""
        return None if self.row is None else profile_of(self.row)

    @cached_property
    def differs(self) -> bool:
        """Whether the file says something else than what is in force."""
        return self.file is not None and self.file != self.in_force

    @cached_property
    def weaker(self) -> tuple[Sentence, ...]:
        """Each place in which the file is weaker than the version it is held against."""
        if self.file is None or not self.differs or self.governing is None:
            return ()
        return weaker(profile_of(self.governing), self.file)

    @property
    def adopts(self) -> bool:
        """Whether the file comes into force by itself: it differs, and is nowhere weaker."""
        return self.governing is not None and self.differs and not self.weaker

    @property
    def waits(self) -> bool:
        """Whether the file is weaker, so that only an approval brings it into force."""
        return bool(self.weaker)


def look(name: str) -> Standing:
    """How the policy of that name stands now. Two queries at most, and no lock."""
    row = in_force_row(name)
    try:
        file, error = load.get(name), None
    except Invalid as wrong:
        file, error = None, joined([one.sentence for one in wrong.errors])
    governing = row or (in_force_row(load.BASE) if name != load.BASE else None)
    return Standing(name, row, governing, file, error)


def in_force_row(name: str) -> PolicyVersion | None:
    """The version in force under that name."""
    return PolicyVersion.objects.filter(name=name, state=State.IN_FORCE).first()


def profile_of(row: PolicyVersion) -> Profile:
    """The profile of a version. Raises Unavailable where its bytes are no profile of today."""
    try:
        return row.profile
    except ValueError as error:
        unreadable = say(
            "The version of %(name)s in force cannot be read; nothing goes by it.", name=row.name
        )
        raise Unavailable(unreadable) from error


def names() -> list[str]:
    """Every name that is in force, was proposed, or has a file."""
    return sorted({*load.names(), *PolicyVersion.objects.values_list("name", flat=True).distinct()})
