"""Where each value of a union comes from: which of the profiles ask for exactly it (pure)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from orr.profiles.schema import Profile, Rule

# What judges of an item; the code and the reason judge nothing.
RULE = (
    "threshold", "freshness", "window", "max_age", "min_samples", "attest", "push", "binds_to", "measured_on",
    "kinds", "freezes", "leaves_freezes",
)  # fmt: skip
POLICY = ("timelock", "approve_within", "valid_for", "veto", "step_up", "break_glass")


@dataclass(frozen=True)
class Value:
    """One value of the union. `by`: the profiles that ask for it as it is; `others`: what the rest ask for.

    `by` is empty where the union is stricter than any single one, as the vetoes of all of them together.
    """

    field: str
    value: Any
    by: tuple[str, ...]
    others: tuple[tuple[str, Any], ...] = ()

    @property
    def decided(self) -> bool:
        """Whether the profiles ask for different things here, so that the strictest was taken."""
        return bool(self.others)


@dataclass(frozen=True)
class Item:
    """One item of the union: the profiles that adopt it, its rule, and each of its values."""

    code: str
    rule: Rule
    adopted_by: tuple[str, ...]
    values: tuple[Value, ...]

    @property
    def decided(self) -> tuple[Value, ...]:
        """The values on which the profiles differ."""
        return tuple(value for value in self.values if value.decided)


@dataclass(frozen=True)
class Seat:
    """One slot of the union, and the profiles that ask for at least so many of its role."""

    role: str
    by: tuple[str, ...]


def items(profiles: Sequence[Profile], union: Profile) -> tuple[Item, ...]:
    """Every item of the union, in the order of the checklist."""
    return tuple(_item(code, profiles, union.items[code]) for code in union.items)


def _item(code: str, profiles: Sequence[Profile], rule: Rule) -> Item:
    asking = [one for one in profiles if one.items[code].adopted] or list(profiles)
    values = tuple(_value(name, asking, rule, lambda one: one.items[code]) for name in RULE)
    return Item(code, rule, tuple(one.name for one in asking if one.items[code].adopted), values)


def policy(profiles: Sequence[Profile], union: Profile) -> tuple[Value, ...]:
    """The values of the approval policy but its seats, and those of the rollout and of the risk."""
    rest: tuple[tuple[Any, Callable[[Profile], Any], tuple[str, ...]], ...] = (
        (union.policy, lambda one: one.policy, POLICY),
        (union.canary, lambda one: one.canary, ("observation",)),
        (union.risk, lambda one: one.risk, ("allow_below", "deny_above")),
        (union.recovery, lambda one: one.recovery, ("seconds", "min_samples")),
    )
    return tuple(
        _value(name, profiles, merged, part) for merged, part, names in rest for name in names
    )  # fmt: skip


def stages(profiles: Sequence[Profile], union: Profile) -> tuple[Value, ...]:
    """The canary stages, by their percent; a profile that does not stop there asks for None."""
    return tuple(
        _told(str(stage.percent), stage.seconds, [(one.name, _stay(one, stage.percent)) for one in profiles])
        for stage in union.canary.stages
    )


def _stay(profile: Profile, percent: int) -> int | None:
    return next((stage.seconds for stage in profile.canary.stages if stage.percent == percent), None)


def seats(profiles: Sequence[Profile], union: Profile) -> tuple[Seat, ...]:
    """Every slot of the union in its order, with the profiles that ask for it."""
    slots = union.policy.slots
    found = []
    for index, role in enumerate(slots):
        nth = slots[: index + 1].count(role)
        asking = tuple(one.name for one in profiles if one.policy.slots.count(role) >= nth)
        found.append(Seat(role, asking))
    return tuple(found)


def _value(
    name: str, profiles: Sequence[Profile], merged: Any, part: Callable[[Profile], Any]
) -> Value:  # fmt: skip
    return _told(name, getattr(merged, name), [(one.name, getattr(part(one), name)) for one in profiles])


def _told(name: str, value: Any, asked: Sequence[tuple[str, Any]]) -> Value:
    alike = tuple(profile for profile, theirs in asked if _same(theirs, value))
    return Value(name, value, alike, tuple(one for one in asked if not _same(one[1], value)))


def _same(one: Any, other: Any) -> bool:
    """Whether they ask for the same; the order of roles and kinds says nothing."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return sorted(one, key=repr) == sorted(other, key=repr)
    return bool(one == other)
