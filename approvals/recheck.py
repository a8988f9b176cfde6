"""What a recheck says, which is made under the lock at every signature and before the effect.

`Waits`: refused for now, nothing is stored. `Breaks`: what was proposed is void, with the reason.
"""

from dataclasses import dataclass

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
