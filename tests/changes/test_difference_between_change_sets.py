"""What changed between two change sets is named place by place, whatever the order of the items."""

from orr.changes.difference import Item, Kind, Part, between, shared
from tests.factories.change_sets import change_set

IMAGE = {
    "kind": "image",
    "name": "a",
    "target": "t/a",
    "to": {"version": "1", "digest": "sha256:" + "1" * 64},
}
FLAG = {"kind": "flag", "name": "f", "to": {"version": "on"}}


def test_the_same_change_set_differs_in_nothing() -> None:
    assert not between(change_set(), change_set())


def test_the_order_of_items_is_no_difference() -> None:
    assert not between(change_set(items=[IMAGE, FLAG]), change_set(items=[FLAG, IMAGE]))


def test_items_are_added_and_removed_by_kind_and_name() -> None:
    found = between(change_set(items=[IMAGE]), change_set(items=[FLAG]))
    assert found.items == (Item(Kind.REMOVED, "image", "a"), Item(Kind.ADDED, "flag", "f"))


def test_an_item_says_which_version_digest_and_key_changed() -> None:
    key = {"target": "t/a", "desired": "0"}
    after = {**IMAGE, "to": {"version": "2", "digest": "sha256:" + "2" * 64}, "rollback_key": key}
    (item,) = between(change_set(items=[IMAGE]), change_set(items=[after])).items
    assert item == Item(
        Kind.CHANGED,
        "image",
        "a",
        (
            Part("rollback_key.desired", None, "0"),
            Part("rollback_key.target", None, "t/a"),
            Part("to.digest", "sha256:" + "1" * 64, "sha256:" + "2" * 64),
            Part("to.version", "1", "2"),
        ),
    )


def test_fields_around_the_items_are_named_too() -> None:
    found = between(change_set(), change_set(title="Another", service_ids=["a", "b"]))
    assert [part.path for part in found.fields] == ["service_ids", "title"]
    assert found.fields[0] == Part("service_ids", '["search"]', '["a", "b"]')


def test_what_is_empty_is_as_good_as_absent() -> None:
    before = change_set(purpose="", authors=[], items=[{**FLAG, "files": []}])
    after = {name: value for name, value in before.items() if name not in ("purpose", "authors")}
    assert not between(before, {**after, "items": [FLAG]})


def test_two_change_sets_share_a_target_of_the_same_kind() -> None:
    renamed = {**IMAGE, "name": "b"}
    assert shared(change_set(items=[IMAGE]), change_set(items=[renamed, FLAG])) == ["image t/a"]
    assert shared(change_set(items=[IMAGE]), change_set(items=[{**IMAGE, "kind": "artifact"}])) == []
    assert shared(change_set(items=[IMAGE]), change_set(items=[{**IMAGE, "target": "t/b"}])) == []


def test_an_item_without_target_is_known_by_its_name() -> None:
    assert shared(change_set(items=[FLAG]), change_set(items=[FLAG])) == ["flag f"]
    assert shared(change_set(items=[FLAG]), change_set(items=[{**FLAG, "name": "g"}])) == []
