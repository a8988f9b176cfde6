"""Where the values of a union come from: every one is asked for by a profile, and no weaker one is named."""

import itertools

import pytest

from orr.board import union_shown
from orr.profiles import load, provenance
from orr.profiles.merge import union
from orr.profiles.schema import NamedFreeze, Profile, Rule

PAIRS = [
    [load.get(left), load.get(right)] for left, right in itertools.permutations(load.names(), 2)
]  # fmt: skip
TRIPLES = [[load.get(name) for name in names] for names in itertools.combinations(load.names(), 3)]


@pytest.mark.parametrize("profiles", [*PAIRS, *TRIPLES], ids=lambda found: "+".join(p.name for p in found))
def test_who_is_named_asks_for_exactly_the_value_and_the_rest_for_another(profiles: list[Profile]) -> None:
    merged = union(profiles)
    by_name = {one.name: one for one in profiles}
    for item in provenance.items(profiles, merged):
        assert set(item.adopted_by) == {n for n, one in by_name.items() if one.items[item.code].adopted}
        for value in item.values:
            assert value.by, (item.code, value.field)
            for name in value.by:
                theirs = getattr(by_name[name].items[item.code], value.field)
                merged_value = getattr(merged.items[item.code], value.field)
                assert theirs == merged_value or sorted(theirs) == sorted(merged_value)
            assert not {name for name, _ in value.others} & set(value.by)
    for stage in provenance.stages(profiles, merged):
        assert stage.by
    assert [seat.role for seat in provenance.seats(profiles, merged)] == list(merged.policy.slots)
    assert all(seat.by for seat in provenance.seats(profiles, merged))


def test_the_second_seat_of_a_role_comes_from_who_asks_for_two() -> None:
    profiles = [load.get("standard"), load.get("key-change")]
    found = [(seat.role, seat.by) for seat in provenance.seats(profiles, union(profiles))]
    assert found == [
        ("sre", ("standard", "key-change")),
        ("security", ("standard", "key-change")),
        ("security", ("key-change",)),
    ]


def test_the_longest_timelock_names_its_profile_and_what_the_others_ask_for() -> None:
    profiles = [load.get("standard"), load.get("peak-freeze")]
    found = {value.field: value for value in provenance.policy(profiles, union(profiles))}
    assert found["timelock"].by == ("peak-freeze",) and found["timelock"].others == (("standard", 600),)
    assert found["timelock"].decided and not found["veto"].decided


def test_what_no_single_profile_asks_for_names_nobody() -> None:
    standard = load.get("standard")
    other = standard.model_copy(
        update={"name": "own", "policy": standard.policy.model_copy(update={"veto": ("data",)})}
    )
    found = {value.field: value for value in provenance.policy([standard, other], union([standard, other]))}
    assert found["veto"].by == () and len(found["veto"].others) == 2


def test_one_profile_alone_is_where_everything_comes_from() -> None:
    one = load.get("standard")
    assert all(value.by == ("standard",) for value in provenance.policy([one], union([one])))


def test_every_field_that_judges_an_item_says_where_it_comes_from() -> None:
    words = {"code", "reason", "adopted", "comparator", "unit"}
    assert set(provenance.RULE) == set(Rule.model_fields) - words
    assert set(provenance.RULE) <= set(union_shown.FIELDS)


def test_a_freeze_that_not_all_name_says_who_does() -> None:
    standard, freeze = load.get("standard"), NamedFreeze(name="sale", reason="Small.")
    rule = standard.items["G7.3"].model_copy(update={"freezes": (freeze,)})
    named = standard.model_copy(update={"name": "own", "items": {**standard.items, "G7.3": rule}})
    [item] = [
        one for one in provenance.items([standard, named], union([standard, named])) if one.code == "G7.3"
    ]
    [value] = item.decided
    assert (value.field, value.by, value.others) == ("freezes", ("standard",), (("own", (freeze,)),))
