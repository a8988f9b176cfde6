"""Which decisions are possible for a standing checklist, and a sentence for each that is not (pure).

Red leaves only No-Go; pending, stale or error is not decidable yet (No-Go stays possible, and nothing
forces it); a risk that is unknown or not below its bound makes plain Go impossible.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from orr.lib.met import Met, Requirement, Unmet
from orr.lib.sentence import Sentence, say

PASSING = frozenset({"green", "not_applicable"})
RED = "red"


class Choice(StrEnum):
    """The three decisions."""

    GO = "go"
    GO_WITH_GUARDS = "go_with_guards"
    NO_GO = "no_go"


TITLES: dict[str, Sentence] = {
    Choice.GO: say("Go"),
    Choice.GO_WITH_GUARDS: say("Go with Guards"),
    Choice.NO_GO: say("No-Go"),
}
VERDICTS: dict[str, Sentence] = {
    "red": say("red"),
    "error": say("error"),
    "stale": say("stale"),
    "pending": say("pending"),
}


class Item(Protocol):
    """One item of the checklist as it stands: its verdict and, where it does not pass, why."""

    @property
    def code(self) -> str: ...
    @property
    def verdict(self) -> str: ...
    @property
    def reason(self) -> Sentence | None: ...


class Standing(Protocol):
    """The live verdicts of a review."""

    @property
    def items(self) -> Sequence[Item]: ...


@dataclass(frozen=True)
class Risk:
    """What the simulation says: `verdict` allow, allow_with_guards, deny; unknown while none was done.

    Scores from 0 to 10; `bound` is what the profile allows without guards.
    """

    verdict: str = "unknown"
    score: float | None = None
    planned_residual: float | None = None
    proven_residual: float | None = None
    bound: float | None = None
    explained: Sequence[Any] = field(default_factory=tuple)

    def as_json(self) -> dict[str, Any]:
        """The part of the risk that a proposal binds."""
        return {"verdict": self.verdict, "score": self.score, "planned_residual": self.planned_residual}


UNKNOWN = Risk()


@dataclass(frozen=True)
class Option:
    """A decision and whether it is possible; `details` has one sentence for each item in the way."""

    decision: Choice
    requirement: Requirement
    details: tuple[Sentence, ...] = ()

    @property
    def possible(self) -> bool:
        """Whether it can be proposed, or for No-Go recorded, now."""
        return bool(self.requirement)

    @property
    def reasons(self) -> list[Sentence]:
        """Why it is not possible: the rule first, then each item in the way."""
        return [] if isinstance(self.requirement, Met) else [self.requirement.reason, *self.details]


def options(
    standing: Standing,
    risk: Risk = UNKNOWN,
    guards_possible: Requirement | None = None,
    analysed: Requirement | None = None,
) -> list[Option]:
    """Go, Go with Guards and No-Go, each with what stands in its way.

    `guards_possible`: whether guards can be had at all; None before any was named, which is met.
    `analysed`: whether the analyses owed before this review are recorded; None where none is owed.
    """
    ready = decidable(standing)
    details = tuple(explain(item) for item in in_the_way(standing))
    if isinstance(analysed, Unmet):
        # No-Go stays possible: it is the safe direction, whatever is owed.
        details = () if ready else (*details, analysed.reason)
        ready = analysed if ready else ready
    asked = Met() if guards_possible is None else guards_possible
    go = ready if isinstance(ready, Unmet) else go_without_guards(risk)
    guarded = ready if isinstance(ready, Unmet) else go_with_guards(risk, asked)
    return [
        Option(Choice.GO, go, () if ready else details),
        Option(Choice.GO_WITH_GUARDS, guarded, () if ready else details),
        Option(Choice.NO_GO, Met()),
    ]


def decidable(standing: Standing) -> Requirement:
    """Whether Go could be decided by the verdicts alone: every one is green or not applicable."""
    red = codes(standing, {RED})
    if red:
        return Unmet(say("Only No-Go is possible: %(items)s red.", items=red))
    waiting = codes(standing, {item.verdict for item in standing.items} - PASSING)
    if waiting or not standing.items:
        return Unmet(say("Not decidable yet: %(items)s not passing, not red.", items=waiting or "G1.1–G8.2"))
    return Met()


def go_without_guards(risk: Risk) -> Requirement:
    """Whether plain Go is possible by the risk."""
    if risk.verdict == "allow":
        return Met()
    if risk.score is None:
        return Unmet(say("The risk is unknown: it was not simulated. Go needs guards."))
    return Unmet(
        say("The risk %(score)s is not below the bound %(bound)s.", score=risk.score, bound=risk.bound)
    )


def go_with_guards(risk: Risk, guards_possible: Requirement) -> Requirement:
    """Whether Go with Guards is possible by the risk and the guards."""
    if risk.verdict == "deny":
        return Unmet(say("The risk %(score)s is too high even with guards.", score=risk.score))
    return guards_possible


def guards(answers: Sequence[Requirement]) -> Requirement:
    """Whether the named guards will do: at least one, of which at least one's driver answered `observe`."""
    if not answers:
        return Unmet(say("Go with Guards needs at least one guard."))
    silent = [answer for answer in answers if isinstance(answer, Unmet)]
    if len(silent) == len(answers):
        return Unmet(say("No guard's driver answered: %(why)s", why=silent[0].reason))
    return Met()


def is_red(standing: Standing) -> bool:
    """Whether any item is red now."""
    return any(item.verdict == RED for item in standing.items)


def in_the_way(standing: Standing) -> list[Item]:
    """The items that keep Go from being decided: the red ones, else all that do not pass."""
    blocking = [item for item in standing.items if item.verdict not in PASSING]
    return [item for item in blocking if item.verdict == RED] or blocking


def explain(item: Item) -> Sentence:
    """One item in the way, in a sentence."""
    verdict = VERDICTS.get(item.verdict, item.verdict)
    if item.reason is None:
        return say("%(item)s is %(verdict)s.", item=item.code, verdict=verdict)
    return say("%(item)s is %(verdict)s: %(why)s", item=item.code, verdict=verdict, why=item.reason)


def codes(standing: Standing, verdicts: Iterable[str]) -> str:
    """The codes of the items with one of the verdicts, joined."""
    wanted = set(verdicts)
    return ", ".join(item.code for item in standing.items if item.verdict in wanted)
