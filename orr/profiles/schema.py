"""What a profile file may say: rules of items, who signs, canary stages, risk bands; validated, frozen."""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from orr.lib.sentence import Sentence, say

ITEM_CODES = (
    "G1.1", "G1.2", "G1.3", "G1.4",
    "G2.1", "G2.2", "G2.3",
    "G3.1", "G3.2", "G3.3",
    "G4.1", "G4.2", "G4.3", "G4.4",
    "G5.1", "G5.2",
    "G6.1", "G6.2", "G6.3", "G6.4",
    "G7.1", "G7.2", "G7.3", "G7.4",
    "G8.1", "G8.2",
)  # fmt: skip

# The kinds of items that a change set may have; a rule is for some of them, or for all.
ITEM_KINDS = (
    "image", "artifact", "flag", "rule", "model", "schema", "index", "topic", "config", "key", "tenant",
)  # fmt: skip
# The item of the change calendar.
CALENDAR = "G7.3"

Comparator = Literal["le", "ge", "lt", "eq", "true"]
BindsTo = Literal["environment", "items", "change_set"]
MeasuredOn = Literal["any", "baseline", "candidate"]
SigningRole = Literal["sre", "security", "product", "data"]
# How a signer proves that it is them, the weakest first; a policy names the weakest that counts.
StepUp = Literal["password", "totp", "passkey"]
Seconds = Annotated[int, Field(ge=0, le=366 * 86_400)]


class Wrong(ValueError):
    """What a profile says cannot be; the sentence is for people."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NamedFreeze(_Frozen):
    """A freeze under which a change may go all the same, and why; its owner signs too."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    reason: Annotated[str, Field(min_length=1, max_length=300)]


class Rule(_Frozen):
    """How one item is judged. Thresholds are in `unit`, times in seconds.

    `max_age`: how old what the source shows (a backup, a runbook) may be; 0 where nothing is asked.
    """

    code: str
    comparator: Comparator
    threshold: Annotated[float, Field(allow_inf_nan=False)] | None = None
    unit: str = ""
    freshness: Annotated[int, Field(gt=0, le=366 * 86_400)]
    window: Seconds = 0
    # Left out where it says nothing, so that profiles pinned before it was there keep their digest.
    max_age: Annotated[Seconds, Field(exclude_if=lambda age: age == 0)] = 0
    min_samples: Annotated[int, Field(ge=0)] = 0
    attest: SigningRole | None = None
    push: bool = True
    binds_to: BindsTo = "environment"
    measured_on: MeasuredOn = "any"
    kinds: tuple[str, ...] = ()
    reason: str = ""
    adopted: bool = True
    freezes: tuple[NamedFreeze, ...] = Field(default=(), max_length=20)
    # Together with other profiles these say which freezes are named; alone it names none.
    leaves_freezes: bool = False

    @model_serializer(mode="wrap")
    def _without_nothing(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A rule that says nothing of freezes is written as before there were any, so its digest stays."""
        stated: dict[str, Any] = whole(self)
        for name in ("freezes", "leaves_freezes"):
            if not getattr(self, name):
                stated.pop(name, None)
        return stated

    @model_validator(mode="after")
    def _freezes_are_of_the_calendar(self) -> Self:
        names = [one.name for one in self.freezes]
        if (names or self.leaves_freezes) and self.code != CALENDAR:
            raise ValueError(f"{self.code}: freezes are named with {CALENDAR}")
        if names and self.leaves_freezes:
            raise ValueError(f"{self.code}: it names freezes, and leaves them to others")
        if len(set(names)) != len(names):
            raise ValueError(f"{self.code}: a freeze stands there twice")
        return self

    @model_validator(mode="after")
    def _threshold_fits_comparator(self) -> Self:
        if self.code not in ITEM_CODES:
            raise Wrong(say("There is no item %(item)s; they are G1.1 to G8.2.", item=self.code[:20]))
        if (self.threshold is None) != (self.comparator == "true"):
            raise Wrong(say("%(item)s: a threshold goes with every comparator but “true”.", item=self.code))
        return self

    @property
    def gate(self) -> int:
        """The gate's number, 1 to 8."""
        return int(self.code[1])

    def applies_to(self, kinds: frozenset[str]) -> bool:
        """Whether the item applies to a change set with items of these kinds."""
        return self.adopted and (not self.kinds or not kinds.isdisjoint(self.kinds))


GATE_ROLES: dict[str, SigningRole] = {
    "1": "sre", "2": "sre", "3": "security", "4": "data",
    "5": "product", "6": "sre", "7": "product", "8": "security",
}  # fmt: skip


class BreakGlass(_Frozen):
    """That the timelock may be left out by two people, and when the second look is due (seconds)."""

    second_look_within: Annotated[int, Field(ge=3600, le=14 * 86_400)]


class Policy(_Frozen):
    """Who must sign, and when. Durations in seconds."""

    slots: tuple[SigningRole, ...] = Field(min_length=2, max_length=8)
    timelock: Annotated[int, Field(ge=0, le=7 * 86_400)]
    approve_within: Annotated[int, Field(ge=60, le=14 * 86_400)]
    valid_for: Annotated[int, Field(ge=60, le=14 * 86_400)]
    veto: tuple[SigningRole, ...] = ("security",)
    step_up: StepUp = "password"
    break_glass: BreakGlass | None = None
    gate_roles: dict[str, SigningRole] = Field(default_factory=lambda: dict(GATE_ROLES))

    @model_validator(mode="after")
    def _two_roles(self) -> Self:
        if len(set(self.slots)) < 2:
            raise Wrong(say("The slots name at least two different roles."))
        if set(self.gate_roles) != {str(n) for n in range(1, 9)}:
            raise Wrong(say("gate_roles names a role for each of the gates “1” to “8”."))
        return self


class Stage(_Frozen):
    """A canary stage: percent of traffic, and how long at least (seconds)."""

    percent: Annotated[int, Field(ge=1, le=100)]
    seconds: Annotated[int, Field(ge=0, le=86_400)]


class Canary(_Frozen):
    """The stages of the rollout and the observation after it (seconds)."""

    stages: tuple[Stage, ...] = Field(min_length=1, max_length=12)
    observation: Annotated[int, Field(ge=0, le=86_400)]

    @model_validator(mode="after")
    def _rising_to_all(self) -> Self:
        percents = [stage.percent for stage in self.stages]
        if percents != sorted(set(percents)) or percents[-1] != 100:
            raise Wrong(say("The canary stages rise and end at 100 percent."))
        return self


class Risk(_Frozen):
    """Bands of the risk score, 0 to 10: below `allow_below` allow, above `deny_above` deny."""

    allow_below: Annotated[float, Field(ge=0, le=10)] = 3.0
    deny_above: Annotated[float, Field(ge=0, le=10)] = 7.0


class Recovery(_Frozen):
    """The recovery probe of an Exit: how long after the last proven key (seconds), and its own minimum n."""

    seconds: Annotated[int, Field(ge=30, le=240)] = 30
    min_samples: Annotated[int, Field(ge=1)] = 30


class Title(_Frozen):
    """The profile's name for people."""

    en: Annotated[str, Field(min_length=1, max_length=60)]
    ko: Annotated[str, Field(min_length=1, max_length=60)]


class Profile(_Frozen):
    """One profile: a rule for every item, and the policy around them."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9+-]{0,199}$")]
    version: Annotated[int, Field(ge=1)]
    title: Title
    items: dict[str, Rule]
    policy: Policy
    canary: Canary
    risk: Risk = Risk()
    recovery: Recovery = Recovery()

    @model_validator(mode="after")
    def _every_item_is_there(self) -> Self:
        if set(self.items) != set(ITEM_CODES):
            missing = ", ".join(sorted(set(ITEM_CODES) - set(self.items)))
            raise Wrong(say("Every item needs a rule; missing: %(items)s.", items=missing or "–"))
        swapped = sorted(code for code, rule in self.items.items() if rule.code != code)
        if swapped:
            named = ", ".join(swapped)[:200]
            raise Wrong(say("A rule says another item than it stands under: %(items)s.", items=named))
        return self
