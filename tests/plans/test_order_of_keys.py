"""The law of order: phases order keys of one service or target, `after` orders any two, no circles."""

from typing import Any

import pytest

from orr.plans.key import Severity
from orr.plans.plan import build


def item(kind: str, name: str, target: str, **key: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "name": name,
        "to": {"version": "new"},
        "rollback_key": {"target": target, "desired": "old", "rehearse": {"target": f"shadow/{name}"}, **key},
    }


def waits(*items: dict[str, Any], services: tuple[str, ...] = (), **rest: Any) -> dict[str, set[str]]:
    plan = build({"items": list(items), "service_ids": list(services), **rest})
    return {key.name: set(key.after) for key in plan.keys}


def sentences(plan: Any, severity: Severity) -> list[str]:
    return [str(problem.sentence) for problem in plan.problems if problem.severity == severity]


def test_phases_follow_the_kind() -> None:
    kinds = ["schema", "image", "flag", "topic", "model", "index", "config", "rule", "key", "tenant"]
    plan = build({"items": [item(kind, kind, f"plant/{kind}") for kind in kinds]})
    assert {key.kind: key.phase for key in plan.keys} == {
        "flag": 1, "config": 1, "image": 2, "tenant": 2, "rule": 3, "model": 3, "key": 3, "topic": 5,
        "schema": 6, "index": 6,
    }  # fmt: skip
    assert [key.phase for key in plan.keys] == sorted(key.phase for key in plan.keys)


def test_keys_of_different_services_wait_for_nothing() -> None:
    got = waits(
        item("flag", "f", "plant/ingest/f"),
        item("image", "i", "plant/search/i"),
        services=("ingest", "search"),
    )
    assert got == {"f": set(), "i": set()}


def test_keys_of_one_service_wait_for_the_nearest_earlier_phase() -> None:
    got = waits(
        item("flag", "f", "plant/search/f"),
        item("image", "i", "plant/search/i"),
        item("model", "m", "plant/search/m"),
        services=("search",),
    )
    assert got == {"f": set(), "i": {"f"}, "m": {"i"}}


def test_after_orders_keys_of_different_services() -> None:
    got = waits(item("flag", "f", "a/f", after=["i"]), item("image", "i", "b/i"))
    assert got == {"f": {"i"}, "i": set()}


def test_what_is_said_beats_the_default_order() -> None:
    got = waits(
        item("flag", "f", "plant/search/f", after=["i"]), item("image", "i", "plant/search/i"),
        services=("search",),
    )  # fmt: skip
    assert got == {"f": {"i"}, "i": set()}


def test_a_circle_through_two_services_is_broken_at_the_default_order() -> None:
    got = waits(
        item("flag", "s1", "plant/s/1", after=["t2"]),
        item("image", "s2", "plant/s/2"),
        item("flag", "t1", "plant/t/1", after=["s2"]),
        item("image", "t2", "plant/t/2"),
        services=("s", "t"),
    )
    assert got["s1"] == {"t2"}
    assert got["t1"] == {"s2"}
    assert ("s1" in got["s2"]) != ("t1" in got["t2"])


def test_an_explicit_circle_is_red_and_named() -> None:
    plan = build({"items": [item("flag", "a", "p/a", after=["b"]), item("flag", "b", "p/b", after=["a"])]})
    assert any("wait for each other" in text and "a" in text for text in sentences(plan, Severity.RED))


@pytest.mark.parametrize("after", [["nobody"], ["f", "nobody"]])
def test_waiting_for_an_unknown_name_is_red(after: list[str]) -> None:
    plan = build({"items": [item("flag", "f", "p/f"), item("image", "i", "p/i", after=after)]})
    assert sentences(plan, Severity.RED) == ["The key i waits for nobody, which is no key here."]


def test_data_path_acts_are_keys_in_their_phase() -> None:
    acts = [
        {"action": "drop_temporary", "target": "lake/tmp", "desired": "gone"},
        {"action": "repoint_topic", "target": "bus/topic", "desired": "v1"},
        {"action": "stop_dual_write", "target": "lake/dual", "desired": "off"},
    ]
    plan = build({"items": [item("flag", "f", "p/f")], "data_path": acts})
    assert [(key.name, key.phase) for key in plan.keys] == [
        ("f", 1), ("stop_dual_write", 4), ("repoint_topic", 5), ("drop_temporary", 7)
    ]  # fmt: skip
    assert [key.in_clock for key in plan.keys] == [True, True, True, False]


def test_a_key_may_wait_for_a_data_path_act_but_not_for_the_clean_up() -> None:
    acts = [
        {"action": "stop_shadow", "target": "x/shadow", "desired": "off"},
        {"action": "drop_temporary", "target": "x/tmp", "desired": "gone"},
    ]
    plan = build({"items": [item("flag", "f", "p/f", after=["stop_shadow"])], "data_path": acts})
    assert plan.key("f").after == ("stop_shadow",)
    assert sentences(plan, Severity.RED) == []
    plan = build({"items": [item("flag", "f", "p/f", after=["drop_temporary"])], "data_path": acts})
    assert sentences(plan, Severity.RED) == ["The key f waits for the clean-up drop_temporary."]


def test_items_of_one_name_and_two_kinds_keep_two_keys() -> None:
    got = waits(item("flag", "x", "p/1"), item("image", "x", "p/2"), item("model", "m", "p/3", after=["x"]))
    assert got == {"flag:x": set(), "image:x": set(), "m": {"flag:x", "image:x"}}
