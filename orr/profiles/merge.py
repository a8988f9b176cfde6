"""The union of the profiles that fit a change set: every value the strictest of them."""

from collections.abc import Collection, Sequence
from typing import get_args

from orr.lib.sentence import Sentence, say
from orr.profiles.schema import (
    BreakGlass,
    Canary,
    NamedFreeze,
    Policy,
    Profile,
    Recovery,
    Risk,
    Rule,
    Stage,
    StepUp,
    Title,
    Wrong,
)


def union(profiles: Sequence[Profile]) -> Profile:
    """One profile as strict as every one given.

    An item applies if it applies in any; a threshold is the harder one; the freshest, the longest
    timelock and observation, the most slots win. Raises ValueError for none, Wrong with a sentence for
    those of which neither is the stricter (another comparator, unit, exact value or role).
    """
    if not profiles:
        raise ValueError("a union needs at least one profile")
    if len(profiles) == 1:
        return profiles[0]
    first = profiles[0]
    return Profile(
        name="+".join(profile.name for profile in profiles)[:200],
        version=max(profile.version for profile in profiles),
        title=Title(
            en=" + ".join(profile.title.en for profile in profiles)[:60],
            ko=" + ".join(profile.title.ko for profile in profiles)[:60],
        ),
        items={code: _rule([profile.items[code] for profile in profiles]) for code in first.items},
        policy=_policy([profile.policy for profile in profiles]),
        canary=_canary([profile.canary for profile in profiles]),
        risk=Risk(
            allow_below=min(profile.risk.allow_below for profile in profiles),
            deny_above=min(profile.risk.deny_above for profile in profiles),
        ),
        recovery=Recovery(
            seconds=max(profile.recovery.seconds for profile in profiles),
            min_samples=max(profile.recovery.min_samples for profile in profiles),
        ),
    )


def _rule(rules: Sequence[Rule]) -> Rule:
    adopted = [rule for rule in rules if rule.adopted] or list(rules)
    code = adopted[0].code
    _one(_COMPARE, code, {rule.comparator for rule in adopted})
    _one(_MEASURE, code, {rule.unit for rule in adopted})
    stating = {rule.attest for rule in adopted if rule.attest}
    if all(rule.attest for rule in adopted):
        _one(_STATEMENTS, code, stating)
    asked = {rule.measured_on for rule in adopted}
    kinds: tuple[str, ...] = ()
    if all(rule.kinds for rule in adopted):
        kinds = tuple(sorted({kind for rule in adopted for kind in rule.kinds}))
    return adopted[0].model_copy(
        update={
            "threshold": _strictest(adopted),
            "freshness": min(rule.freshness for rule in adopted),
            "window": max(rule.window for rule in adopted),
            "max_age": min((rule.max_age for rule in adopted if rule.max_age), default=0),
            "min_samples": max(rule.min_samples for rule in adopted),
            "attest": adopted[0].attest if all(rule.attest for rule in adopted) else None,
            "push": all(rule.push for rule in adopted),
            "binds_to": max((rule.binds_to for rule in adopted), key=_BINDING.index),
            "measured_on": next((on for on in _MEASURED_ON if on in asked), "any"),
            "kinds": kinds,
            "freezes": _freezes([rule for rule in adopted if not rule.leaves_freezes]),
            "leaves_freezes": all(rule.leaves_freezes for rule in adopted),
        }
    )


def _freezes(rules: Sequence[Rule]) -> tuple[NamedFreeze, ...]:
    """Those that every profile names: one that does not lets no change go under it. All their reasons.

    The time around a freeze asks for a profile by itself; that one leaves it to the others.
    """
    if not rules:
        return ()
    stated = [{one.name: one.reason for one in rule.freezes} for rule in rules]
    named = sorted(set.intersection(*(set(one) for one in stated)))
    reasons = {name: dict.fromkeys(one[name] for one in stated) for name in named}
    return tuple(NamedFreeze(name=name, reason=" · ".join(reasons[name])[:300]) for name in named)


def _one(apart: Sentence, where: str, values: Collection[str]) -> None:
    """Raise Wrong where there is no strictest of several, so that no profile's place decides."""
    if len(values) > 1:
        told = ", ".join(value or "–" for value in sorted(values))
        raise Wrong(Sentence(apart.msgid, {"where": where, "values": told}))


_COMPARE = say("%(where)s: the profiles compare in different ways: %(values)s.")
_MEASURE = say("%(where)s: the profiles measure in different units: %(values)s.")
_STATEMENTS = say("%(where)s: the profiles take statements by different roles: %(values)s.")
_EXACT = say("%(where)s: the profiles ask for different exact values: %(values)s.")
_ANSWERS = say("gate %(where)s: the profiles let different roles answer for it: %(values)s.")

_MEASURED_ON = ("candidate", "baseline")
_BINDING = ("environment", "items", "change_set")


def _strictest(rules: Sequence[Rule]) -> float | None:
    thresholds = [rule.threshold for rule in rules if rule.threshold is not None]
    if not thresholds:
        return None
    if rules[0].comparator == "eq" and len(set(thresholds)) > 1:
        _one(_EXACT, rules[0].code, {f"{value:g}" for value in thresholds})
    return max(thresholds) if rules[0].comparator == "ge" else min(thresholds)


def _policy(policies: Sequence[Policy]) -> Policy:
    slots: list[str] = []
    for policy in policies:
        for role in policy.slots:
            if slots.count(role) < policy.slots.count(role):
                slots.append(role)
    veto = {role for policy in policies for role in policy.veto}
    for gate in policies[0].gate_roles:
        answering = {policy.gate_roles[gate] for policy in policies}
        _one(_ANSWERS, gate, answering)
    return Policy.model_validate(
        {
            "slots": slots,
            "timelock": max(policy.timelock for policy in policies),
            "approve_within": min(policy.approve_within for policy in policies),
            "valid_for": min(policy.valid_for for policy in policies),
            "veto": sorted(veto),
            "step_up": max((policy.step_up for policy in policies), key=_STEP_UP.index),
            "break_glass": _break_glass(policies),
            "gate_roles": policies[0].gate_roles,
        }
    )


_STEP_UP = get_args(StepUp)


def _break_glass(policies: Sequence[Policy]) -> BreakGlass | None:
    """Allowed where every profile allows it; the second look by the earliest."""
    allowed = [policy.break_glass for policy in policies if policy.break_glass is not None]
    if len(allowed) < len(policies):
        return None
    return BreakGlass(second_look_within=min(one.second_look_within for one in allowed))


def _canary(canaries: Sequence[Canary]) -> Canary:
    """At every percent the longest stay of any; every percent that any profile stops at."""
    longest: dict[int, int] = {}
    for canary in canaries:
        for stage in canary.stages:
            longest[stage.percent] = max(longest.get(stage.percent, 0), stage.seconds)
    stages = tuple(Stage(percent=percent, seconds=longest[percent]) for percent in sorted(longest))
    return Canary(stages=stages, observation=max(canary.observation for canary in canaries))
