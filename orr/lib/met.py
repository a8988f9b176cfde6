"""A requirement is met, or unmet with the reason in one sentence."""

from dataclasses import dataclass

from orr.lib.errors import NotAllowed
from orr.lib.sentence import Sentence


@dataclass(frozen=True)
class Met:
    """The requirement holds."""

    def __bool__(self) -> bool:
        return True


@dataclass(frozen=True)
class Unmet:
    """The requirement does not hold; `reason` says why, to be shown as it is."""

    reason: Sentence

    def __bool__(self) -> bool:
        return False


Requirement = Met | Unmet


def require(requirement: Requirement) -> None:
    """Raise NotAllowed with the reason, unless met."""
    if isinstance(requirement, Unmet):
        raise NotAllowed(requirement.reason)
