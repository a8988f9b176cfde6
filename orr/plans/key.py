"""The words of an Exit plan: keys, problems, the plan itself (pure)."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from orr.lib.sentence import Sentence
from orr.plans import phases


class Severity(StrEnum):
    """`red` can only be No-Go; `pending` is not decidable yet."""

    RED = "red"
    PENDING = "pending"


class About(StrEnum):
    """Which question a problem answers: is the key registered, or can it be rehearsed."""

    KEY = "key"
    REHEARSAL = "rehearsal"


@dataclass(frozen=True)
class Key:
    """What takes one thing back. `timeout` in seconds; `after`: names of the keys it waits for.

    `expected_to`: the values the change itself writes, so that an Exit may take them back.
    """

    name: str
    kind: str
    phase: int
    item: str | None
    driver: str | None
    target: str
    desired: str
    expected_to: tuple[str, ...]
    after: tuple[str, ...]
    timeout: int
    rehearse_target: str | None

    @property
    def in_clock(self) -> bool:
        """Whether the five minutes hold for it."""
        return self.phase != phases.CLEAN_UP

    def as_json(self) -> dict[str, Any]:
        """The key as JSON."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}


@dataclass(frozen=True)
class Problem:
    """What is wrong with the plan, and at which key or item."""

    severity: Severity
    about: About
    name: str
    sentence: Sentence


@dataclass(frozen=True)
class Plan:
    """Keys in the order of their phases, the problems found, and what can never be taken back."""

    keys: tuple[Key, ...]
    problems: tuple[Problem, ...]
    points_of_no_return: tuple[Sentence, ...]

    def key(self, name: str) -> Key:
        """The key of that name. Raises KeyError."""
        return {key.name: key for key in self.keys}[name]

    def as_json(self) -> dict[str, Any]:
        """The plan as JSON: what a proposal signs."""
        return {
            "keys": [key.as_json() for key in self.keys],
            "problems": [
                {"severity": p.severity, "about": p.about, "name": p.name, "sentence": p.sentence.as_json()}
                for p in self.problems
            ],
            "points_of_no_return": [sentence.as_json() for sentence in self.points_of_no_return],
        }
