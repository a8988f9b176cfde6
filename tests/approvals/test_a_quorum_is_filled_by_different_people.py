"""One person fills one slot, and whoever has two roles takes the one that leaves the quorum possible."""

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from approvals import quorum

ROLES = ("sre", "security", "product", "data")


def test_two_people_of_the_two_roles_complete_it() -> None:
    filled = quorum.fill(["sre", "security"], [("ann", "sre"), ("bob", "security")])
    assert filled.seats == {0: "ann", 1: "bob"}
    assert filled.complete


def test_two_people_of_one_role_do_not() -> None:
    filled = quorum.fill(["sre", "security"], [("ann", "sre"), ("bob", "sre")])
    assert filled.seats == {0: "ann"}
    assert filled.missing == ("security",)
    assert not filled.complete


def test_one_person_with_both_roles_fills_one_slot() -> None:
    filled = quorum.fill(["sre", "security"], [("ann", {"sre", "security"})] * 2)
    assert len(filled.seats) == 1


def test_a_person_with_two_roles_makes_room() -> None:
    filled = quorum.fill(["sre", "security"], [("ann", {"sre", "security"}), ("bob", {"sre"})])
    assert filled.seats == {0: "bob", 1: "ann"}


def test_a_chain_of_three_makes_room() -> None:
    offers = [
        ("ann", {"sre", "security"}),
        ("bob", {"security", "product"}),
        ("cas", {"sre"}),
        ("dee", {"data"}),
    ]
    assert quorum.fill(["sre", "security", "product"], offers).complete


def test_an_empty_policy_is_never_complete() -> None:
    assert not quorum.fill([], [("ann", "sre")]).complete


def test_the_same_role_twice_needs_two_people() -> None:
    assert not quorum.fill(["sre", "sre"], [("ann", "sre")]).complete
    assert quorum.fill(["sre", "sre"], [("ann", "sre"), ("bob", "sre")]).complete


def test_the_earlier_keeps_a_seat() -> None:
    filled = quorum.fill(["sre"], [("ann", "sre"), ("bob", "sre")])
    assert filled.seats == {0: "ann"}


def test_a_newcomer_leaves_the_slot_that_only_others_can_fill() -> None:
    assert quorum.seat(["sre", "security"], (), (0, 1), {"bob": (0,)}) == 1
    assert quorum.seat(["sre", "security"], (), (0, 1), {"bob": (1,)}) == 0
    assert quorum.seat(["sre", "security"], (0,), (0,), {"bob": (1,)}) is None


def test_nobody_signed_is_a_quorum_with_nobody_in_it() -> None:
    assert quorum.Quorum() == quorum.Quorum({}, ())
    assert not quorum.Quorum().complete
    assert quorum.fill(["sre", "security"], []).missing == ("sre", "security")


def test_of_equal_slots_a_newcomer_takes_the_first() -> None:
    assert quorum.seat(["sre", "sre", "security"], (), (1, 0), {}) == 0
    assert quorum.seat(["sre", "sre"], (), (0, 1), {"bob": (0, 1)}) == 0


offers = st.lists(st.tuples(st.integers(0, 7), st.sets(st.sampled_from(ROLES))), max_size=8)
policies = st.lists(st.sampled_from(ROLES), min_size=1, max_size=4)


@settings(max_examples=200, deadline=None)
@given(policies, offers)
def test_it_agrees_with_trying_every_assignment(slots: list[str], made: list[tuple[int, set[str]]]) -> None:
    filled = quorum.fill(slots, made)
    roles: dict[int, set[str]] = {}
    for person, held in made:
        roles.setdefault(person, held)
    assert len(set(filled.seats.values())) == len(filled.seats)
    assert all(slots[slot] in roles[int(str(person))] for slot, person in filled.seats.items())
    people = [*roles, *([None] * len(slots))]
    best = max(
        sum(who is not None and role in roles[who] for role, who in zip(slots, seating, strict=True))
        for seating in set(permutations(people, len(slots)))
    )
    assert len(filled.seats) == best


@settings(max_examples=200, deadline=None)
@given(policies, st.dictionaries(st.integers(0, 5), st.sets(st.sampled_from(ROLES), min_size=1), min_size=1))
def test_taking_a_seat_one_by_one_reaches_what_was_possible(
    slots: list[str], roles: dict[int, set[str]]
) -> None:
    may = {who: [i for i, role in enumerate(slots) if role in held] for who, held in roles.items()}
    possible = len(quorum.match(may))
    taken: dict[int, int] = {}
    for who in roles:
        rest = {other: can for other, can in may.items() if other not in taken.values() and other != who}
        index = quorum.seat(slots, taken, may[who], rest)
        if index is not None:
            taken[index] = who
    assert len(taken) == possible
