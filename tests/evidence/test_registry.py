"""Law: every item is there from the first day; one that nothing measures yet says what it waits for."""

from typing import Any

import pytest

from evidence import registry
from evidence.contract import Unconfigured
from orr.lib.sentence import say
from orr.profiles import load
from orr.profiles.schema import ITEM_CODES

MEASURED = {
    "G1.1", "G1.2", "G1.3", "G1.4", "G2.1", "G2.2", "G2.3", "G3.2", "G4.2", "G4.3", "G7.1", "G8.1", "G8.2",
}  # fmt: skip


def test_every_item_is_measured_or_says_what_it_waits_for(collectors: dict[str, Any]) -> None:
    assert MEASURED | set(registry.WAITING) == set(ITEM_CODES)
    assert not MEASURED & set(registry.WAITING)
    for code in ITEM_CODES:
        assert registry.waits_for(code) is not None
        assert not registry.measurable(code)


def test_the_sentence_names_the_role_and_the_push_that_the_profile_takes(collectors: dict[str, Any]) -> None:
    for code in registry.WAITING:
        rule = load.get("standard").items[code]
        said = str(registry.waits_for(code))
        assert ("pushed result" in said) == rule.push, code
        assert rule.attest is not None
        assert f"in the role {'SRE' if rule.attest == 'sre' else rule.attest.title()}" in said, code


def test_a_collector_without_its_source_waits(collectors: dict[str, Any]) -> None:
    def unconfigured() -> Any:
        raise Unconfigured(say("no source"))

    registry.register("G1.1", unconfigured)
    assert str(registry.waits_for("G1.1")) == "no source"
    with pytest.raises(Unconfigured):
        registry.collector("G1.1")


def test_what_can_be_asked_waits_for_nothing(collectors: dict[str, Any]) -> None:
    registry.register("G1.1", object)  # type: ignore[arg-type]
    assert registry.waits_for("G1.1") is None
    assert registry.measurable("G1.1")


def test_an_item_is_measured_only_of_what_brings_along_what_is_read(collectors: dict[str, Any]) -> None:
    registry.register("G4.1", object, brings=lambda change_set: bool(change_set["items"]))  # type: ignore[arg-type]
    assert registry.measurable("G4.1", {"items": [1]}) and not registry.measurable("G4.1", {"items": []})
    assert registry.waits_for("G4.1", {"items": [1]}) is None
    assert "pushed result" in str(registry.waits_for("G4.1", {"items": []}))
    with pytest.raises(Unconfigured):
        registry.collector("G4.1", {"items": []})
