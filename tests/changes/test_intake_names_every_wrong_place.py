"""A change set is accepted whole, or refused with a pointer to each wrong place."""

import copy
from typing import Any

import pytest

from orr.changes import intake
from orr.changes.digest import change_set_digest, items_digest
from orr.changes.triggers import profiles_for
from orr.lib.errors import Invalid
from tests.factories.change_sets import change_set


def refused(sent: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as error:
        intake.parse(sent)
    return {one.pointer: str(one.sentence) for one in error.value.errors}


def test_a_complete_change_set_is_accepted() -> None:
    assert intake.parse(change_set()).items[0].kind == "image"


def test_a_minimal_change_set_is_accepted() -> None:
    item = {"kind": "config", "name": "a", "to": {"version": "2"}}
    intake.parse({"title": "t", "summary": "s", "environment": "prod", "items": [item]})


@pytest.mark.parametrize(
    ("path", "value", "pointer"),
    [
        (("unknown",), 1, "/unknown"),
        (("title",), "x" * 1_000_000, "/title"),
        (("title",), 7, "/title"),
        (("items",), [], "/items"),
        (("items", 0, "to", "digest"), "sha256:12", "/items/0/to/digest"),
        (("items", 0, "kind"), "planet", "/items/0/kind"),
        (("items", 0, "to", "color"), "red", "/items/0/to/color"),
        (("planned_start",), 5, "/planned_start"),
        (("planned_start",), "2026-01-01T00:00:00", "/planned_start"),
        (("release_notes_url",), "javascript:alert(1)", "/release_notes_url"),
    ],
)
def test_each_wrong_place_is_named(path: tuple[Any, ...], value: Any, pointer: str) -> None:
    sent = copy.deepcopy(change_set())
    place: Any = sent
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert pointer in refused(sent)


@pytest.mark.parametrize("sent", [None, [], "x", 3])
def test_what_is_no_object_is_refused(sent: Any) -> None:
    assert refused(sent)


def test_a_nul_character_is_refused() -> None:
    assert refused({**change_set(), "summary": "a\x00b"})


def test_two_items_of_one_kind_and_name_are_refused() -> None:
    sent = change_set()
    assert refused({**sent, "items": [sent["items"][0], sent["items"][0]]})


def test_the_digest_is_of_the_change_set_alone_and_of_all_of_it() -> None:
    sent = change_set()
    assert change_set_digest(sent) == change_set_digest(copy.deepcopy(sent))
    assert change_set_digest({**sent, "summary": "other"}) != change_set_digest(sent)


def test_the_items_digest_changes_only_with_what_is_to_come() -> None:
    sent = change_set()
    assert items_digest({**sent, "summary": "other"}) == items_digest(sent)
    moved = copy.deepcopy(sent)
    moved["items"][0]["to"]["version"] = "9"
    assert items_digest(moved) != items_digest(sent)


def test_kinds_and_version_steps_choose_the_profiles() -> None:
    item = {"kind": "image", "name": "a", "from": {"version": "v1.9"}, "to": {"version": "v2.0"}}
    schema = {"kind": "schema", "name": "s", "to": {"version": "12"}}
    assert profiles_for({"items": [item, schema]}) == ["major-release", "schema-change"]
    assert profiles_for({"items": [{"kind": "config", "name": "c", "to": {"version": "1"}}]}) == ["standard"]
