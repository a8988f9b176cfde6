"""The built-in profiles: one per trigger, `standard` and `minimal`; every threshold says why."""

import tomllib
from pathlib import Path

import pytest

from orr.changes.triggers import BY_KIND
from orr.profiles import load
from orr.profiles.schema import ITEM_CODES, Profile

SEVEN = (
    "major-release", "schema-change", "model-update", "rebalancing",
    "key-change", "peak-freeze", "new-tenant",
)  # fmt: skip
ALL = (*SEVEN, "standard", "minimal")
ADOPTED_BY_MINIMAL = {"G1.4", "G2.1", "G3.3", "G7.3", "G8.1", "G8.2"}
# Product: G1 to G8, as the table of gates states them.
THRESHOLDS = {
    "G1.1": ("le", 15, "s"), "G1.2": ("le", 800, "ms"), "G1.3": ("le", 10, "s"), "G1.4": ("ge", 99.5, "%"),
    "G2.2": ("le", 300, "s"), "G3.2": ("eq", 0, ""), "G5.1": ("lt", 10, "%"),
}  # fmt: skip
JUDGING = {"comparator", "threshold", "unit", "freshness", "window", "min_samples", "kinds"}


@pytest.fixture(params=ALL)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def builtin(name: str, settings: object, tmp_path: Path) -> Profile:
    settings.PLURA_PROFILES = str(tmp_path)  # type: ignore[attr-defined]
    return load.get(name)


def stated(name: str) -> dict[str, dict[str, object]]:
    text = (load.BUILTIN / f"{name}.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(text).get("items", {}))


def test_there_are_these_nine_and_no_other() -> None:
    assert sorted(ALL) == sorted(path.stem for path in load.BUILTIN.glob("*.toml"))
    assert set(BY_KIND.values()) | {"major-release", "rebalancing", "peak-freeze"} == set(SEVEN)


def test_every_item_of_every_profile_has_its_reason(builtin: Profile) -> None:
    assert set(builtin.items) == set(ITEM_CODES)
    for code, rule in builtin.items.items():
        assert len(rule.reason.strip()) > 20, code


def test_who_changes_how_an_item_is_judged_says_why_in_their_own_words(name: str) -> None:
    for code, rule in stated(name).items():
        if JUDGING & set(rule):
            assert rule.get("reason"), f"{name} {code} is judged in another way, and does not say why"


def test_no_reason_is_said_of_two_items(builtin: Profile) -> None:
    reasons = [rule.reason for rule in builtin.items.values() if rule.adopted]
    assert len(set(reasons)) == len(reasons)


def test_thresholds_are_those_of_the_product_or_stricter(builtin: Profile) -> None:
    for code, (comparator, threshold, unit) in THRESHOLDS.items():
        rule = builtin.items[code]
        assert (rule.comparator, rule.unit) == (comparator, unit)
        assert rule.threshold is not None
        assert rule.threshold >= threshold if comparator == "ge" else rule.threshold <= threshold
    for code in set(ITEM_CODES) - set(THRESHOLDS):
        assert builtin.items[code].comparator == "true"


def test_synthetic_success_rests_on_as_many_attempts_as_prove_it(builtin: Profile) -> None:
    assert builtin.items["G1.4"].min_samples >= 598


@pytest.mark.parametrize("kind", ["model", "rule"])
def test_models_and_rules_are_asked_for_a_replay(kind: str) -> None:
    for name in (BY_KIND[kind], "standard"):
        rule = load.get(name).items["G4.4"]
        assert rule.applies_to(frozenset({kind})) and rule.measured_on == "candidate"


def test_minimal_is_these_six_items_and_no_other() -> None:
    items = load.get("minimal").items
    assert {code for code, rule in items.items() if rule.adopted} == ADOPTED_BY_MINIMAL


def test_every_policy_takes_two_roles_and_a_timelock(builtin: Profile) -> None:
    assert len(set(builtin.policy.slots)) >= 2 and builtin.policy.timelock >= 600
    assert builtin.policy.break_glass is None
    assert 900 <= builtin.canary.observation <= 1800
