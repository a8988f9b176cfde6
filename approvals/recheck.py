"""What a recheck says, which is made under the lock at every signature and before the effect.

`Waits`: refused for now, nothing is stored. `Breaks`: what was proposed is void, with the reason.
"""

from dataclasses import dataclass

from orr.lib.errors import OrrError
from orr.lib.sentence import Sentence


@dataclass(frozen=True)
class Holds:
    """Everything is as it was signed."""


@dataclass(frozen=True)
class Waits:
    """Not now: what it waits for."""

    reason: Sentence
    details: tuple[Sentence, ...] = ()


@dataclass(frozen=True)
class Breaks:
    """Never again: why the proposal is void."""

    reason: Sentence


Verdict = Holds | Waits | Breaks


def first(*answers: Verdict) -> Verdict:
    """The answer that counts: what breaks comes before what only waits."""
    broken = [answer for answer in answers if isinstance(answer, Breaks)]
    waiting = [answer for answer in answers if isinstance(answer, Waits)]
    return (broken or waiting or [Holds()])[0]


class Overtaken(OrrError):
    """What held at the last look holds no longer at the moment of the effect."""


def require(answer: Verdict) -> None:
    """Raise Overtaken unless everything holds: between a look and the effect some time always passes."""
    if not isinstance(answer, Holds):
        raise Overtaken(answer.reason)
