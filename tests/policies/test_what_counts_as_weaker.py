"""Where one profile is weaker than another: place by place, for any two, and for every field there is."""

from typing import Any

import pytest
from pydantic import BaseModel

from orr.policies import strictness
from orr.policies.strictness import weaker
from orr.policies.strictness_of_items import RULE
from orr.profiles import load
from orr.profiles.merge import union
from orr.profiles.schema import (
    GATE_ROLES,
    ITEM_CODES,
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


def with_policy(**changed: Any) -> Profile:
    return STANDARD.model_copy(update={"policy": STANDARD.policy.model_copy(update=changed)})


def with_item(code: str, **changed: Any) -> Profile:
    rule = STANDARD.items[code].model_copy(update=changed)
    return STANDARD.model_copy(update={"items": {**STANDARD.items, code: rule}})


def with_part(part: str, **changed: Any) -> Profile:
    return STANDARD.model_copy(update={part: getattr(STANDARD, part).model_copy(update=changed)})


# (laxer, stricter): the second may replace the first by itself, never the other way round.
LAXER_AND_STRICTER = {
    "timelock": (with_policy(timelock=599), STANDARD),
    "a slot": (with_policy(slots=("sre", "security")), with_policy(slots=("sre", "security", "data"))),
    "a role of a slot twice": (STANDARD, with_policy(slots=("sre", "security", "security"))),
    "veto": (with_policy(veto=()), STANDARD),
    "step-up": (STANDARD, with_policy(step_up="totp")),
    "step-up by passkey": (with_policy(step_up="totp"), with_policy(step_up="passkey")),
    "break-glass": (with_policy(break_glass=BreakGlass(second_look_within=3600)), STANDARD),
    "second look": (
        with_policy(break_glass=BreakGlass(second_look_within=7200)),
        with_policy(break_glass=BreakGlass(second_look_within=3600)),
    ),
    "time to sign": (with_policy(approve_within=14_401), STANDARD),
    "validity": (with_policy(valid_for=14_401), STANDARD),
    "threshold at most": (with_item("G1.1", threshold=15.5), STANDARD),
    "threshold at least": (with_item("G1.4", threshold=99.4), STANDARD),
    "threshold below": (with_item("G5.1", threshold=11.0), STANDARD),
    "freshness": (with_item("G1.1", freshness=901), STANDARD),
    "samples": (with_item("G1.4", min_samples=597), STANDARD),
    "older": (with_item("G6.1", max_age=86_401), STANDARD),
    "however old": (with_item("G6.1", max_age=0), STANDARD),
    "adopted": (with_item("G1.1", adopted=False), STANDARD),
    "kinds narrowed": (with_item("G2.3", kinds=("image",)), STANDARD),
    "kinds at all": (STANDARD, with_item("G2.3", kinds=())),
    "attestation allowed": (with_item("G1.1", attest="sre"), STANDARD),
    "push allowed": (with_item("G1.1", push=True), STANDARD),
    "bound to less": (with_item("G2.1", binds_to="environment"), STANDARD),
    "a freeze named": (with_item("G7.3", freezes=(NamedFreeze(name="x", reason="y"),)), STANDARD),
    "freezes left to others": (with_item("G7.3", leaves_freezes=True), STANDARD),
    "measured on anything": (with_item("G4.4", measured_on="any"), STANDARD),
    "stage gone": (
        with_part("canary", stages=(Stage(percent=25, seconds=180), Stage(percent=100, seconds=0))),
        STANDARD,
    ),
    "stage shorter": (
        with_part(
            "canary",
            stages=(
                Stage(percent=5, seconds=539),
                Stage(percent=25, seconds=180),
                Stage(percent=100, seconds=0),
            ),
        ),
        STANDARD,
    ),
    "observation": (with_part("canary", observation=899), STANDARD),
    "risk allowed": (with_part("risk", allow_below=3.1), STANDARD),
    "risk denied": (with_part("risk", deny_above=7.1), STANDARD),
    "recovery time": (STANDARD, with_part("recovery", seconds=31)),
    "recovery samples": (with_part("recovery", min_samples=29), STANDARD),
}
INCOMPARABLE = {
    "gate answered by another role": with_policy(gate_roles={**GATE_ROLES, "1": "data"}),
    "slot by another role": with_policy(slots=("sre", "data")),
    "attestation by another role": with_item("G4.1", attest="sre"),
    "another comparator": with_item("G1.1", comparator="lt"),
    "another unit": with_item("G1.1", unit="ms"),
    "another exact value": with_item("G3.2", threshold=1.0),
    "another window": with_item("G1.1", window=1799),
}


SAID = {
    "timelock": "The timelock is 599 s instead of 10 min.",
    "a slot": "The seat of Data is gone.",
    "a role of a slot twice": "The seat of Security is gone.",
    "veto": "Security has no veto any more.",
    "step-up": "A signature needs only a password instead of a one-time code (TOTP).",
    "step-up by passkey": "A signature needs only a one-time code (TOTP) instead of a passkey.",
    "break-glass": "Break-glass becomes possible: two people without the timelock.",
    "second look": "The second look after break-glass is due within 2 h instead of 1 h.",
    "time to sign": "The time to sign is 14401 s instead of 4 h.",
    "validity": "A decision is valid for 14401 s instead of 4 h.",
    "threshold at most": "G1.1: the threshold is 15.5 instead of 15.",
    "threshold at least": "G1.4: the threshold is 99.4 instead of 99.5.",
    "threshold below": "G5.1: the threshold is 11 instead of 10.",
    "freshness": "G1.1: evidence stays fresh for 901 s instead of 15 min.",
    "samples": "G1.4: 597 samples are enough instead of 598.",
    "older": "G6.1: what is shown may be 86401 s old instead of 1 d.",
    "however old": "G6.1: the age of what is shown is no longer asked for.",
    "adopted": "G1.1 is no longer asked for.",
    "kinds narrowed": "G2.3: it no longer applies to artifact, model, rule.",
    "kinds at all": "G2.3: it applies only to artifact, image, model, rule.",
    "attestation allowed": "G1.1: a statement by SRE counts now.",
    "push allowed": "G1.1: a pushed result counts now.",
    "bound to less": "G2.1: evidence is bound to the environment instead of the whole change set,"
    " so more of it is carried over.",
    "a freeze named": "G7.3: a change may go under the freeze “x”.",
    "freezes left to others": "G7.3: it is left to other profiles under which freezes a change may go.",
    "measured on anything": "G4.4: it may be measured on whatever runs instead of the new digest.",
    "stage gone": "The canary stage at 5 % is gone.",
    "stage shorter": "The canary stage at 5 % lasts 539 s instead of 9 min.",
    "observation": "The observation lasts 899 s instead of 15 min.",
    "risk allowed": "Plain Go is possible up to risk 3.1 instead of 3.",
    "risk denied": "Only risk above 7.1 instead of 7 is denied.",
    "recovery time": "Recovery after an Exit is watched for 30 s instead of 31 s.",
    "recovery samples": "Recovery is proven by 29 samples instead of 30.",
    "gate answered by another role": "Gate 1 is answered for by Data instead of SRE.",
    "slot by another role": "The seat of Security is gone.",
    "attestation by another role": "G4.1: a statement by SRE counts instead of Data.",
    "another comparator": "G1.1: it is compared in another way (< instead of ≤).",
    "another unit": "G1.1: it is measured in ms instead of s.",
    "another exact value": "G3.2: the threshold is 1 instead of 0.",
    "another window": "G1.1: it is measured over 1799 s instead of 30 min.",
}


@pytest.mark.parametrize("what", SAID)
def test_what_is_weaker_is_said_with_what_it_is_and_what_it_was(what: str) -> None:
    laxer, stricter = (
        LAXER_AND_STRICTER[what] if what in LAXER_AND_STRICTER else (INCOMPARABLE[what], STANDARD)
    )
    assert [str(one) for one in weaker(stricter, laxer)] == [SAID[what]]


def test_every_place_is_said() -> None:
    assert set(SAID) == {*LAXER_AND_STRICTER, *INCOMPARABLE}


def without(code: str) -> Profile:
    items = {one: rule for one, rule in STANDARD.items.items() if one != code}
    return STANDARD.model_copy(update={"items": items})


def test_an_item_that_is_gone_is_no_longer_asked_for_and_one_that_comes_is_no_weakening() -> None:
    assert [str(one) for one in weaker(STANDARD, without("G1.1"))] == ["G1.1 is no longer asked for."]
    assert weaker(without("G1.1"), STANDARD) == ()


def test_what_has_no_unit_or_threshold_or_role_is_said_as_a_dash_or_nothing() -> None:
    unitless, bare = with_item("G1.1", unit=""), with_item("G1.1", threshold=None)
    rest = {gate: role for gate, role in GATE_ROLES.items() if gate != "1"}
    for was, now, sentence in (
        (STANDARD, unitless, "G1.1: it is measured in – instead of s."),
        (unitless, STANDARD, "G1.1: it is measured in s instead of –."),
        (STANDARD, bare, "G1.1: the threshold is – instead of 15."),
        (bare, STANDARD, "G1.1: the threshold is 15 instead of –."),
        (STANDARD, with_policy(gate_roles=rest), "Gate 1 is answered for by nobody instead of SRE."),
        (with_policy(gate_roles=rest), STANDARD, "Gate 1 is answered for by SRE instead of nobody."),
    ):
        assert [str(one) for one in weaker(was, now)] == [sentence]


def test_a_threshold_of_another_comparator_or_unit_is_not_judged_beside_it() -> None:
    assert len(weaker(STANDARD, with_item("G1.1", comparator="lt", threshold=99.0))) == 1
    assert len(weaker(STANDARD, with_item("G1.1", unit="ms", threshold=99.0))) == 1


@pytest.mark.parametrize(
    ("table", "field", "changed", "where"),
    [
        ("PROFILE", "risk", with_part("risk", allow_below=0.1), "profile"),
        ("POLICY", "timelock", with_policy(timelock=6_000), "policy"),
        ("CANARY", "observation", with_part("canary", observation=9_999), "canary"),
        ("RISK", "allow_below", with_part("risk", allow_below=0.1), "risk"),
        ("RECOVERY", "seconds", with_part("recovery", seconds=9_999), "recovery"),
    ],
)
def test_what_the_rule_does_not_know_is_said_with_its_place(
    table: str, field: str, changed: Profile, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {name: judge for name, judge in getattr(strictness, table).items() if name != field}
    monkeypatch.setattr(strictness, table, known)
    said = [str(one) for one in weaker(STANDARD, changed)]
    assert said == [f"{where}: “{field}” is another, and cannot be compared."]


@pytest.mark.parametrize("what", LAXER_AND_STRICTER)
def test_the_laxer_of_two_is_weaker_and_the_stricter_is_not(what: str) -> None:
    laxer, stricter = LAXER_AND_STRICTER[what]
    assert len(weaker(stricter, laxer)) == 1, weaker(stricter, laxer)
    assert weaker(laxer, stricter) == ()


@pytest.mark.parametrize("what", INCOMPARABLE)
def test_what_cannot_be_compared_counts_as_weaker_both_ways(what: str) -> None:
    other = INCOMPARABLE[what]
    assert weaker(STANDARD, other) and weaker(other, STANDARD)


def test_every_place_has_a_sentence_of_its_own_that_can_be_read() -> None:
    both = with_policy(timelock=60, slots=("sre", "data"))
    sentences = [str(one) for one in weaker(STANDARD, both)]
    assert sentences == ["The seat of Security is gone.", "The timelock is 1 min instead of 10 min."]
    assert [str(one) for one in weaker(STANDARD, with_item("G1.2", threshold=900.0))] == [
        "G1.2: the threshold is 900 instead of 800."
    ]


def test_words_for_people_judge_nothing() -> None:
    renamed = STANDARD.model_copy(update={"version": 9, "title": load.get("minimal").title})
    assert weaker(STANDARD, renamed) == () == weaker(renamed, STANDARD)


def test_another_reason_for_a_named_freeze_is_words_for_people() -> None:
    one, other = (with_item("G7.3", freezes=(NamedFreeze(name="x", reason=why),)) for why in ("y", "z"))
    assert weaker(one, other) == () == weaker(other, one)


def test_an_item_that_nothing_asked_for_may_come_with_any_rule() -> None:
    off = with_item("G1.1", adopted=False, threshold=1.0)
    assert weaker(off, with_item("G1.1", adopted=True, threshold=60.0)) == ()


@pytest.mark.parametrize(
    ("model", "table"),
    [
        (Profile, strictness.PROFILE), (Policy, strictness.POLICY), (Rule, {**RULE, "code": None}),
        (Canary, strictness.CANARY), (Risk, strictness.RISK), (Recovery, strictness.RECOVERY),
        (Stage, dict.fromkeys(("percent", "seconds"))), (BreakGlass, {"second_look_within": None}),
    ],
)  # fmt: skip
def test_the_rule_knows_every_field_of_the_schema(model: type[BaseModel], table: dict[str, Any]) -> None:
    assert set(model.model_fields) == set(table), "a new field needs its judge in orr/policies/strictness*.py"


def test_a_field_the_rule_does_not_know_counts_as_weaker(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {name: judge for name, judge in strictness.POLICY.items() if name != "timelock"}
    monkeypatch.setattr(strictness, "POLICY", known)
    assert "timelock" in str(weaker(STANDARD, with_policy(timelock=6_000))[0])


def test_of_two_ages_a_union_takes_the_lower_that_is_asked_for() -> None:
    for ages, lowest in (((3600, 60), 60), ((0, 60), 60), ((0, 0), 0)):
        one, other = (with_item("G6.1", max_age=age) for age in ages)
        for both in ([one, other], [other, one]):
            assert union(both).items["G6.1"].max_age == lowest


def test_a_profile_that_asks_for_no_age_keeps_the_digest_it_had_before_there_were_ages() -> None:
    dumped = with_item("G6.1", max_age=0).model_dump(mode="json")["items"]
    assert "max_age" not in dumped["G6.1"] and dumped["G7.4"]["max_age"] == 15_552_000
    assert Rule.model_validate(dumped["G6.1"]).max_age == 0


def test_of_two_windows_a_union_takes_the_longer() -> None:
    long, short = with_item("G1.1", window=3600), with_item("G1.1", window=60)
    assert union([long, short]).items["G1.1"].window == union([short, long]).items["G1.1"].window == 3600


def test_all_builtin_profiles_but_minimal_are_held_against_standard_item_by_item() -> None:
    minimal = weaker(STANDARD, load.get("minimal"))
    assert len(minimal) == len(ITEM_CODES) - 6
    assert weaker(STANDARD, load.get("model-update")) == ()
    left = [str(one) for one in weaker(STANDARD, load.get("peak-freeze"))]
    assert left == ["G7.3: it is left to other profiles under which freezes a change may go."]
