"""The law of the plan's verdict: a missing or contradicting key is red, an untried one pending."""

from typing import Any

import pytest

from orr.lib.canonical import canonical_bytes
from orr.lib.sentence import Sentence, say
from orr.plans import problems
from orr.plans.key import About, Severity
from orr.plans.plan import build

KEY = {"target": "plant/f", "desired": "old", "rehearse": {"target": "shadow/f"}}


def flag(name: str = "f", **fields: Any) -> dict[str, Any]:
    return {"kind": "flag", "name": name, "to": {"version": "new"}, "rollback_key": KEY, **fields}


def found(*items: dict[str, Any]) -> list[tuple[str, str, str]]:
    plan = build({"items": list(items)})
    return [(p.severity, p.about, str(p.sentence)) for p in plan.problems]


def test_a_whole_plan_has_no_problem() -> None:
    assert found(flag()) == []


def test_an_item_without_a_key_is_red() -> None:
    assert found(flag(rollback_key=None)) == [("red", "key", "The item f has no rollback key.")]


def test_a_key_without_a_rehearsal_target_is_pending_and_named() -> None:
    got = found(flag(rollback_key={"target": "plant/f", "desired": "old"}))
    assert got == [("pending", "rehearsal", "The key f has no rehearsal target to be tried on.")]


def test_a_rehearsal_never_touches_a_live_target() -> None:
    got = found(flag(rollback_key={**KEY, "rehearse": {"target": "plant/f"}}))
    assert got == [("pending", "rehearsal", "The key f would be rehearsed on a live target.")]


def test_two_keys_do_not_share_a_rehearsal_target() -> None:
    got = found(flag("a"), flag("b", rollback_key={**KEY, "target": "plant/b"}))
    assert [severity for severity, _, _ in got] == ["pending", "pending"]


def test_two_values_for_one_target_are_red() -> None:
    other = {**KEY, "desired": "older", "rehearse": {"target": "shadow/g"}}
    got = found(flag("a"), flag("b", rollback_key=other))
    assert ("red", "key", "The keys a and b want different values at plant/f.") in got


def test_a_key_that_writes_what_the_change_writes_is_red() -> None:
    got = found(flag(to={"version": "old"}))
    assert got == [("red", "key", "The key f wants what the change writes: it takes nothing back.")]


def test_a_destructive_migration_is_a_point_of_no_return() -> None:
    schema = {**flag("s"), "kind": "schema", "migration": {"stage": "contract"}}
    plan = build({"items": [schema]})
    assert [str(s) for s in plan.points_of_no_return] == [
        "s is a destructive migration: after it has run it cannot be taken back."
    ]
    assert build({"items": [{**schema, "migration": {"stage": "expand"}}]}).points_of_no_return == ()


def test_a_target_without_a_driver_is_pending_and_says_which() -> None:
    def why_not(target: str, driver: str | None) -> Sentence | None:
        return say("no driver") if target.startswith("shadow") else None

    got = problems.of_drivers(build({"items": [flag()]}), why_not)
    assert [(p.severity, p.about, str(p.sentence)) for p in got] == [
        (Severity.PENDING, About.REHEARSAL, "f: no driver")
    ]


def test_the_plan_has_canonical_bytes() -> None:
    plan = build({"items": [flag(), flag("g", rollback_key=None)]})
    assert canonical_bytes(plan.as_json()) == canonical_bytes(
        build({"items": [flag(), flag("g", rollback_key=None)]}).as_json()
    )


def test_expected_values_are_what_the_change_writes() -> None:
    digest = "sha256:" + "a" * 64
    plan = build({"items": [flag(to={"version": "v2", "digest": digest})]})
    assert plan.key("f").expected_to == (digest, "v2")


@pytest.mark.parametrize("target", ["plant/a-shadow", "plant/shadow/a", "shadow/a", "deploy:billing-shadow"])
def test_a_rehearsal_may_write_to_what_is_named_a_shadow(target: str) -> None:
    assert problems.is_shadow(target)


@pytest.mark.parametrize("target", ["deploy:billing", "plant/a", "plant/shadowy", "plant/a-shadow-live", ""])
def test_a_rehearsal_writes_nowhere_else(target: str) -> None:
    assert not problems.is_shadow(target)
