"""The union of profiles: for every value the strictest of them."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from orr.lib.errors import Invalid
from orr.profiles import load
from orr.profiles.merge import union
from orr.profiles.schema import ITEM_CODES, NamedFreeze, Profile


def pairs() -> Iterator[tuple[Profile, Profile]]:
    loaded = [load.get(name) for name in load.names()]
    return itertools.permutations(loaded, 2)


def test_every_builtin_profile_has_a_rule_for_every_item() -> None:
    for name in load.names():
        assert set(load.get(name).items) == set(ITEM_CODES)


def test_there_is_a_profile_for_each_of_the_seven_triggers() -> None:
    triggers = {
        "major-release",
        "schema-change",
        "model-update",
        "rebalancing",
        "key-change",
        "peak-freeze",
        "new-tenant",
    }
    assert triggers | {"standard", "minimal"} <= set(load.names())


def test_a_union_is_never_laxer_than_any_of_its_profiles() -> None:
    for left, right in pairs():
        merged = union([left, right])
        for one in (left, right):
            assert merged.policy.timelock >= one.policy.timelock
            assert merged.policy.valid_for <= one.policy.valid_for
            assert merged.canary.observation >= one.canary.observation
            assert all(
                merged.policy.slots.count(role) >= one.policy.slots.count(role) for role in one.policy.slots
            )
            for code, rule in one.items.items():
                if rule.adopted:
                    assert merged.items[code].adopted
                    assert merged.items[code].freshness <= rule.freshness
                    assert merged.items[code].min_samples >= rule.min_samples


def test_the_order_of_the_profiles_changes_nothing_that_judges() -> None:
    for left, right in pairs():
        one, other = union([left, right]), union([right, left])
        assert sorted(one.policy.slots) == sorted(other.policy.slots)
        assert one.canary == other.canary
        assert {c: r.threshold for c, r in one.items.items()} == {
            c: r.threshold for c, r in other.items.items()
        }


def test_a_harder_threshold_wins_in_both_directions() -> None:
    standard = load.get("standard")
    at_most = standard.items["G1.2"].model_copy(update={"threshold": 500.0})
    at_least = standard.items["G1.4"].model_copy(update={"threshold": 99.9})
    harder = standard.model_copy(update={"items": {**standard.items, "G1.2": at_most, "G1.4": at_least}})
    merged = union([standard, harder])
    assert merged.items["G1.2"].threshold == 500.0
    assert merged.items["G1.4"].threshold == 99.9


@pytest.mark.parametrize(
    ("item", "policy", "why"),
    [
        ({"attest": "sre"}, {}, "G4.1: the profiles take statements by different roles"),
        ({"unit": "ms"}, {}, "G4.1: the profiles measure in different units"),
        ({"comparator": "lt"}, {}, "G4.1: the profiles compare in different ways"),
        ({}, {"1": "data"}, "gate 1: the profiles let different roles answer for it"),
    ],
)
def test_where_neither_is_stricter_no_place_in_the_list_decides(
    item: dict[str, str], policy: dict[str, str], why: str
) -> None:
    one = load.get("standard")
    rule = one.items["G4.1"].model_copy(update=item)
    answering = one.policy.model_copy(update={"gate_roles": {**one.policy.gate_roles, **policy}})
    other = one.model_copy(update={"items": {**one.items, "G4.1": rule}, "policy": answering})
    for pair in ([one, other], [other, one]):
        with pytest.raises(ValueError, match=why):
            union(pair)


def naming(*names: str, profile: str = "standard") -> Profile:
    one = load.get(profile)
    freezes = tuple(NamedFreeze(name=name, reason=f"{name} of {profile}") for name in names)
    rule = one.items["G7.3"].model_copy(update={"freezes": freezes})
    return one.model_copy(update={"items": {**one.items, "G7.3": rule}})


def test_a_freeze_is_named_where_every_profile_names_it() -> None:
    merged = union([naming("a", "b"), naming("b", "c", profile="model-update")]).items["G7.3"]
    assert [(one.name, one.reason) for one in merged.freezes] == [("b", "b of standard · b of model-update")]
    assert union([naming("a"), load.get("model-update")]).items["G7.3"].freezes == ()


def test_the_profile_that_every_freeze_brings_along_leaves_it_to_the_others() -> None:
    near = load.get("peak-freeze")
    for pair in ([naming("a"), near], [near, naming("a")]):
        merged = union(pair).items["G7.3"]
        assert ([one.name for one in merged.freezes], merged.leaves_freezes) == (["a"], False)
    assert union([near, load.get("standard")]).items["G7.3"].freezes == ()
    assert near.items["G7.3"].freezes == ()


def test_a_union_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError):
        union([])


def test_an_unknown_profile_is_refused_by_name() -> None:
    with pytest.raises(Invalid) as refused:
        load.get("no-such")
    assert "no-such" in str(refused.value.errors[0].sentence)


def test_the_digest_pins_the_whole_profile() -> None:
    standard = load.get("standard")
    weaker = standard.model_copy(update={"policy": standard.policy.model_copy(update={"timelock": 0})})
    assert load.profile_digest(standard) != load.profile_digest(weaker)


@pytest.mark.parametrize(
    "text",
    [
        "version = 1\nunknown = 1",
        "version = 0",
        "= broken",
        "version = 1\n[policy]\nslots = ['sre', 'sre']\ntimelock=1\napprove_within=60\nvalid_for=60",
        "version = 1\n[items.'G9.1']\ncomparator='true'\nfreshness=1",
        "version = 1\n[[items.'G7.4'.freezes]]\nname='x'\nreason='y'",
        "version = 1\n[[items.'G7.3'.freezes]]\nname='x'\nreason=''",
        "version = 1\n[items.'G7.3']\nleaves_freezes=true\n[[items.'G7.3'.freezes]]\nname='x'\nreason='y'",
    ],
)
def test_a_wrong_profile_file_is_refused_with_its_name(text: str, tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    settings.PLURA_PROFILES = str(tmp_path)
    with pytest.raises(Invalid) as refused:
        load.get("own")
    assert "own.toml" in str(refused.value.errors[0].sentence)
