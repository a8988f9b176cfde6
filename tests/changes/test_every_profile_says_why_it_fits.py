"""Why a change set is reviewed by a profile: by its items, its version step, its time, or by name."""

from typing import Any

import pytest

from orr.changes import triggers
from orr.changes.reasons import why


def item(kind: str, name: str = "it", before: str = "1.0", after: str = "1.1") -> dict[str, Any]:
    return {"kind": kind, "name": name, "from": {"version": before}, "to": {"version": after}}


def said(*items: dict[str, Any], named: str = "") -> dict[str, str]:
    change_set = {"items": list(items)}
    names = triggers.with_named(named, change_set) if named else triggers.profiles_for(change_set)
    return {name: str(why(name, change_set, names)) for name in names}


@pytest.mark.parametrize("kind", sorted(triggers.BY_KIND))
def test_a_kind_names_the_items_that_ask_for_the_profile(kind: str) -> None:
    assert said(item(kind, "thing")) == {triggers.BY_KIND[kind]: f"It changes thing ({kind})."}


def test_many_items_are_counted() -> None:
    found = said(*(item("model", f"m{n}") for n in range(5)))
    assert found["model-update"] == "It changes m0 (model), m1 (model), m2 (model) and 2 more."


def test_a_step_names_the_versions() -> None:
    assert "api moves: 1.9 → 2.0." in said(item("image", "api", "1.9", "2.0"))["major-release"]


def test_the_fallback_and_a_name_say_so() -> None:
    assert "No other profile fits" in said(item("flag"))["standard"]
    found = said(item("schema", "t"), named="minimal")
    assert "by name" in found["minimal"] and found["schema-change"] == "It changes t (schema)."
    assert "by name" in said(item("flag"), named="peak-freeze")["peak-freeze"]


def test_what_the_calendar_and_earlier_steps_ask_for_is_said_of_those_that_joined() -> None:
    change_set = {"items": [item("flag")]}
    names = ["standard", "major-release", "peak-freeze"]
    assert "add up" in str(why("major-release", change_set, names))
    assert "planned time" in str(why("peak-freeze", change_set, names))
