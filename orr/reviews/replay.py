"""What another version of a profile would have said of a decided review, by its archived values (pure).

Nothing is asked again: what was recorded is judged by the other rule at the moment of the decision. What the
record cannot answer is unknown, never green.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from evidence.verdict import Measured, Verdict, judge
from orr.accounts.roles import role_sentence
from orr.lib.sentence import Sentence, say
from orr.profiles.schema import BindsTo, Policy, Profile, Risk, Rule, StepUp

PASSING = frozenset({Verdict.GREEN.value, Verdict.NOT_APPLICABLE.value})
UNKNOWN = "unknown"
BINDING: tuple[BindsTo, ...] = ("environment", "items", "change_set")
PROOFS: tuple[StepUp, ...] = ("password", "totp", "passkey")
NOTHING_KEPT = say("No value was archived.")


class Outcome(StrEnum):
    """The best that could be decided; `open` is not decidable yet, `unknown` cannot be told."""

    GO = "go"
    GUARDED = "go_with_guards"
    OPEN = "open"
    NO_GO = "no_go"
    UNKNOWN = "unknown"


POSSIBLE = frozenset({Outcome.GO, Outcome.GUARDED})


@dataclass(frozen=True)
class Archived:
    """One item's evidence as recorded. `comparator` and `threshold`: by which it was judged then.

    `window` in seconds is what the pinned rule asked for; `role`: whose word it is, empty where it was
    measured; `own`: it was measured for this very change set.
    """

    measured: Measured
    comparator: str
    threshold: float | None
    binds_to: BindsTo
    window: int = 0
    unit: str = ""
    pushed: bool = False
    role: str = ""
    own: bool = True


@dataclass(frozen=True)
class Past:
    """A decided review: the rules it was reviewed by, its evidence, and how it was signed.

    `signed_within`: seconds from the proposal to the last signature; `proof`: the weakest way in which
    somebody signed; both None for No-Go. `named`: the items that break-glass passed. `score`: its risk.
    """

    decision: str
    at: datetime
    kinds: frozenset[str]
    rules: Profile
    evidence: Mapping[str, Archived]
    signed_within: float | None = None
    proof: StepUp | None = None
    named: frozenset[str] = frozenset()
    score: float | None = None


@dataclass(frozen=True)
class Item:
    """One item under both versions; a verdict is `unknown` where the archive cannot answer.

    `alike`: both versions judge it in the same way, so that what was not known then would not be either.
    """

    code: str
    was: str
    would: str
    why: Sentence | None = None
    alike: bool = False

    @property
    def differs(self) -> bool:
        """Whether the two verdicts are different."""
        return self.was != self.would


@dataclass(frozen=True)
class Replayed:
    """What could be decided then, what could be by the other version, and what makes the difference."""

    decision: str
    was: Outcome
    would: Outcome
    items: tuple[Item, ...]
    terms: tuple[Sentence, ...] = field(default_factory=tuple)

    @property
    def change(self) -> str:
        """Whether the decision would stand: `same`, `looser`, `stricter`; `unknown` is counted apart."""
        if self.decision == "no_go":
            if self.was in POSSIBLE:
                return "same"
            return {Outcome.UNKNOWN: UNKNOWN}.get(self.would, "looser" if self.would in POSSIBLE else "same")
        if self.would is Outcome.UNKNOWN:
            return UNKNOWN
        lost = self.would not in POSSIBLE or (self.decision == "go" and self.would is Outcome.GUARDED)
        return "stricter" if lost and self.would is not self.was else "same"

    @property
    def changed(self) -> tuple[Item, ...]:
        """The items whose verdict is another."""
        return tuple(item for item in self.items if item.differs)


def replay(past: Past, wanted: Profile) -> Replayed:
    """The review as it was decided, and as it could have been by `wanted`."""
    items = tuple(_item(past, code, wanted.items[code]) for code in past.rules.items)
    was = _outcome(past, past.rules, [(item.code, _then(item.was)) for item in items])
    would = _outcome(
        past, wanted, [(item.code, _then(item.would) if item.alike else item.would) for item in items]
    )
    terms = tuple(_unmet(past, wanted.policy))
    if terms and would in (Outcome.GO, Outcome.GUARDED):
        would = Outcome.OPEN
    return Replayed(past.decision, was, would, items, terms)


def _item(past: Past, code: str, rule: Rule) -> Item:
    ruled = past.rules.items[code]
    alike = _alike(ruled, rule)
    was, _ = _as_it_was(past, code, ruled)
    would, why = _as_it_was(past, code, rule) if alike else _as_it_would_be(past, code, rule)
    return Item(code, was, would, why, alike)


def _then(verdict: str) -> str:
    """What the board said then: of what nothing was archived, it was waiting."""
    return Verdict.PENDING.value if verdict == UNKNOWN else verdict


def _alike(was: Rule, now: Rule) -> bool:
    """Whether the two judge alike: all but the words."""
    return was == now.model_copy(update={"reason": was.reason})


def _as_it_was(past: Past, code: str, rule: Rule) -> tuple[str, Sentence | None]:
    if not rule.applies_to(past.kinds):
        return Verdict.NOT_APPLICABLE.value, None
    found = past.evidence.get(code)
    if found is None:
        return UNKNOWN, NOTHING_KEPT
    judged = judge(found.measured, rule, past.at)
    return judged.verdict.value, judged.reason


def _as_it_would_be(past: Past, code: str, rule: Rule) -> tuple[str, Sentence | None]:
    found = past.evidence.get(code)
    if found is None or not rule.applies_to(past.kinds) or found.measured.outcome != "reading":
        return _as_it_was(past, code, rule)
    silent = _silent(found, rule) or _asked_otherwise(found, past.rules.items[code], rule)
    measured = None if silent else _compared(found, rule)
    if measured is None:
        return UNKNOWN, silent or say("The archived value does not say how it stands to another threshold.")
    judged = judge(measured, rule, past.at)
    return judged.verdict.value, judged.reason


def _silent(found: Archived, rule: Rule) -> Sentence | None:
    """Why what was recorded says nothing about this rule; None where it does."""
    if found.role and found.role != rule.attest:
        return say("It rests on a statement that this version does not take.")
    if found.pushed and not rule.push:
        return say("It was pushed by a pipeline, which this version does not take.")
    if not found.role and not found.pushed and found.window != rule.window:
        return say("It was measured over another time than this version asks for.")
    if not found.role and found.unit != rule.unit and rule.comparator != "true":
        return say("It was measured in another unit than this version asks for.")
    if not found.role and rule.measured_on not in ("any", found.measured.measured_on):
        return say("It was measured on something else than this version asks for.")
    if BINDING.index(rule.binds_to) > BINDING.index(found.binds_to) and not found.own:
        return say("It was measured for another change set than this version asks for.")
    return None


def _asked_otherwise(found: Archived, ruled: Rule, rule: Rule) -> Sentence | None:
    """Why a collector's own answer says nothing about another rule: it goes into that answer beside the
    threshold. Of a field that is not known here nothing is known either.
    """
    if found.role or found.pushed:
        return None
    asked = [name for name in Rule.model_fields if name not in _JUDGED_AFTERWARDS]
    if all(getattr(ruled, name) == getattr(rule, name) for name in asked):
        return None
    return say("Its source was asked by another rule than this version has.")


# What is held against an answer once it is there, and what no collector is told.
_JUDGED_AFTERWARDS = frozenset(
    {
        "code", "comparator", "threshold", "unit", "freshness", "window", "min_samples", "attest", "push",
        "binds_to", "measured_on", "kinds", "adopted", "reason",
    }
)  # fmt: skip


def _compared(found: Archived, rule: Rule) -> Measured | None:
    """The reading as this rule's threshold is held against it; None where it has no value to be held.

    A collector's own yes or no is of the threshold of then. It still holds for one that is easier to meet
    after a yes, and harder after a no; else the archived value decides, where that explains the answer.
    """
    measured, passed = found.measured, found.measured.passed
    same = (rule.comparator, rule.threshold) == (found.comparator, found.threshold)
    if passed is None or same:
        return measured
    if rule.comparator != found.comparator or found.threshold is None or rule.threshold is None:
        return None
    if _follows(passed, rule.comparator, found.threshold, rule.threshold):
        return measured
    if found.role or measured.value is None:
        return None
    explained = _holds(measured.value, rule.comparator, found.threshold) == passed
    # A no that the value does not explain had another cause, which no threshold takes away.
    # The words of then are of the threshold of then.
    return replace(measured, passed=None, reason=None) if explained else measured if not passed else None


def _follows(passed: bool, comparator: str, was: float, now: float) -> bool:
    easier = now <= was if comparator == "ge" else now >= was
    harder = now >= was if comparator == "ge" else now <= was
    return comparator != "eq" and (easier if passed else harder)


def _holds(value: float, comparator: str, threshold: float) -> bool:
    held = {
        "le": value <= threshold, "lt": value < threshold, "ge": value >= threshold,
        "eq": value == threshold,
    }  # fmt: skip
    return held.get(comparator, False)


def _outcome(past: Past, rules: Profile, verdicts: list[tuple[str, str]]) -> Outcome:
    if any(verdict == Verdict.RED for _, verdict in verdicts):
        return Outcome.NO_GO
    named = past.named if rules.policy.break_glass else frozenset()
    waiting = {verdict for code, verdict in verdicts if verdict not in PASSING and code not in named}
    if waiting - {UNKNOWN}:
        return Outcome.OPEN
    return Outcome.UNKNOWN if waiting else _by_risk(past.score, rules.risk)


def _by_risk(score: float | None, bands: Risk) -> Outcome:
    """Plain Go needs a risk that is known and below its bound."""
    if score is not None and score > bands.deny_above:
        return Outcome.NO_GO
    return Outcome.GO if score is not None and score < bands.allow_below else Outcome.GUARDED


def _unmet(past: Past, policy: Policy) -> list[Sentence]:
    """What of the signing would not have done by this policy; nothing was signed for a No-Go."""
    if past.decision == "no_go":
        return []
    open_seats = Counter(policy.slots) - Counter(past.rules.policy.slots)
    found = [
        say("It would have waited for a signature as %(role)s.", role=role_sentence(role))
        for role in sorted(open_seats.elements())
    ]
    if past.signed_within is not None and past.signed_within >= policy.approve_within:
        found.append(say("The last signature would have come too late."))
    if past.proof is not None and PROOFS.index(past.proof) < PROOFS.index(policy.step_up):
        found.append(say("A signature would have been too weak."))
    if past.named and policy.break_glass is None:
        found.append(say("Break-glass would not have been possible."))
    return found
