"""The order of strictness: laws of any two and three profiles, and of their union."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from orr.policies import strictness
from orr.policies.strictness import weaker
from orr.profiles import load
from orr.profiles.merge import union
from orr.profiles.schema import (
    GATE_ROLES,
    BreakGlass,
    Canary,
    NamedFreeze,
    Policy,
    Profile,
    Recovery,
    Risk,
    Rule,
    Stage,
)

STANDARD = load.get("standard")
ROLES = ("sre", "security", "product", "data")


def judged(profile: Profile) -> dict[str, Any]:
    """All that the rule judges, in a form in which order says nothing."""
    items = {
        code: {
            **{name: value for name, value in rule.model_dump().items() if name != "reason"},
            "kinds": sorted(rule.kinds),
        }
        if rule.adopted
        else None
        for code, rule in profile.items.items()
    }
    policy = profile.policy.model_dump()
    policy |= {"slots": sorted(policy["slots"]), "veto": sorted(set(policy["veto"]))}
    parts = {name: getattr(profile, name).model_dump() for name in ("canary", "risk", "recovery")}
    return {"items": items, "policy": policy, **parts}


def rules(code: str, apart: bool) -> st.SearchStrategy[Rule]:
    """Rules of one item; `apart` also those that cannot be compared."""
    usual = STANDARD.items[code]
    changed: dict[str, st.SearchStrategy[Any]] = {
        "freshness": st.sampled_from((60, 900)), "window": st.sampled_from((0, 600) if apart else (600,)),
        "min_samples": st.sampled_from((0, 5)), "push": st.booleans(), "adopted": st.booleans(),
        "max_age": st.sampled_from((0, 60, 600)),
        "binds_to": st.sampled_from(("environment", "items", "change_set")),
        "measured_on": st.sampled_from(("any", "baseline", "candidate")),
        "attest": st.sampled_from((None, "sre", "data") if apart else (None, "sre")),
        "kinds": st.sampled_from(((), ("image",), ("image", "model"), ("model", "image"))),
        "unit": st.sampled_from((usual.unit, "other") if apart else (usual.unit,)),
    }  # fmt: skip
    if code == "G7.3":
        a, b = (NamedFreeze(name=name, reason="y") for name in ("a", "b"))
        changed["freezes"] = st.sampled_from(((), (a,), (b,), (a, b)))
    if usual.threshold is not None and (apart or usual.comparator != "eq"):
        changed["threshold"] = st.sampled_from((1.0, 2.0))
    return st.fixed_dictionaries(changed).map(lambda update: usual.model_copy(update=update))


def profiles(apart: bool = True) -> st.SearchStrategy[Profile]:
    """Profiles that differ from the standard one in the policy, a few items, canary, risk and recovery."""
    glass = st.sampled_from((None, BreakGlass(second_look_within=3600), BreakGlass(second_look_within=7200)))
    others = st.sampled_from((GATE_ROLES, {**GATE_ROLES, "1": "data"})) if apart else st.just(GATE_ROLES)
    policy = st.fixed_dictionaries({
        "slots": st.lists(st.sampled_from(ROLES), min_size=2, max_size=3).filter(lambda s: len(set(s)) > 1),
        "timelock": st.sampled_from((0, 60)), "approve_within": st.sampled_from((60, 120)),
        "valid_for": st.sampled_from((60, 120)), "veto": st.lists(st.sampled_from(ROLES), max_size=2),
        "step_up": st.sampled_from(strictness.PROOFS), "break_glass": glass, "gate_roles": others,
    })  # fmt: skip
    stages = st.lists(st.sampled_from((5, 25, 50)), unique=True).flatmap(
        lambda found: st.tuples(
            *(
                st.sampled_from((0, 60)).map(lambda s, p=p: Stage(percent=p, seconds=s))
                for p in (*sorted(found), 100)
            )
        )
    )
    return st.builds(
        lambda p, items, stages, observation, low, high, seconds, samples: STANDARD.model_copy(
            update={
                "policy": Policy.model_validate(p),
                "items": {**STANDARD.items, **{rule.code: rule for rule in items}},
                "canary": Canary(stages=stages, observation=observation),
                "risk": Risk(allow_below=low, deny_above=high),
                "recovery": Recovery(seconds=seconds, min_samples=samples),
            }
        ),
        policy, st.tuples(*(rules(code, apart) for code in ("G1.1", "G1.4", "G2.3", "G3.2", "G7.3"))), stages,
        st.sampled_from((0, 60)), st.sampled_from((2.0, 3.0)), st.sampled_from((6.0, 7.0)),
        st.sampled_from((30, 60)), st.sampled_from((1, 30)),
    )  # fmt: skip


QUICK = settings(max_examples=150, deadline=None, derandomize=True)


@QUICK
@given(profiles())
def test_nothing_is_weaker_than_itself(one: Profile) -> None:
    assert weaker(one, one) == ()


@QUICK
@given(profiles(), profiles())
def test_two_of_which_neither_is_weaker_are_the_same_in_all_that_is_judged(a: Profile, b: Profile) -> None:
    if weaker(a, b) == () == weaker(b, a):
        assert judged(a) == judged(b)


@QUICK
@given(profiles(), profiles())
def test_of_two_that_differ_at_least_one_is_weaker(a: Profile, b: Profile) -> None:
    if judged(a) != judged(b):
        assert weaker(a, b) or weaker(b, a)


@QUICK
@given(profiles(apart=False), profiles(apart=False))
def test_a_union_is_nowhere_weaker_than_what_it_unites(a: Profile, b: Profile) -> None:
    both = union([a, b])
    assert weaker(a, both) == ()
    assert weaker(b, both) == ()
    assert (weaker(both, a) == ()) == (weaker(b, a) == ())


@QUICK
@given(profiles(), profiles(), profiles())
def test_strictness_has_no_way_round(a: Profile, b: Profile, c: Profile) -> None:
    """Two steps that are each nowhere weaker never add up to one that is."""
    if weaker(a, b) == () and weaker(b, c) == ():
        assert weaker(a, c) == ()
