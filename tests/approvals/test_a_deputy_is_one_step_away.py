"""A deputy for a role of one's own: half open in time, one step, no circle, nobody twice, logged."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from approvals import deputies
from approvals.delegation import Wanted, in_force, may_name
from approvals.models import Delegation
from orr.accounts import links
from orr.accounts.models import Act, RoleGrant, Team, User
from orr.lib import clock
from orr.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from orr.lib.met import Met, Unmet
from orr.tlog import log
from tests.factories.deputies import name
from tests.factories.people import give, person

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def wanted(
    principal: str, deputy: str, role: str = "sre", team: Any = None, start: int = 0, days: int = 1
) -> Wanted:
    begins = NOON + start * DAY
    return Wanted(principal, deputy, role, team, begins, begins + days * DAY)


def why(one: Wanted, *others: Wanted) -> str:
    found = may_name(one, others, NOON - DAY)
    assert isinstance(found, Unmet)
    return str(found.reason)


def test_it_holds_from_its_first_moment_until_before_its_last() -> None:
    one = wanted("ann", "bob")
    moment = timedelta(microseconds=1)
    held = [in_force(one, at) for at in (NOON - moment, NOON, NOON + DAY - moment, NOON + DAY)]
    assert held == [False, True, True, False]


def test_nobody_is_their_own_deputy() -> None:
    assert "own deputy" in why(wanted("ann", "ann"))


def test_it_has_a_length_and_an_end_ahead() -> None:
    assert "ends after it begins" in why(wanted("ann", "bob", days=0))
    assert "over already" in why(wanted("ann", "bob", start=-9))


def test_it_lasts_a_year_at_most_in_years_that_people_mean() -> None:
    assert may_name(wanted("ann", "bob", days=366), (), NOON) == Met()
    assert "lasts 366 days at most" in why(wanted("ann", "bob", days=367))
    assert "between the years 2000 and 2200" in why(wanted("ann", "bob", start=174 * 366))


def test_both_its_ends_are_in_years_that_people_mean() -> None:
    for begins in (datetime(1999, 12, 31, 12, tzinfo=UTC), datetime(2199, 12, 31, 12, tzinfo=UTC)):
        one = Wanted("ann", "bob", "sre", None, begins, begins + DAY)
        assert "between the years 2000 and 2200" in why(one)


def test_what_ends_now_is_over_already() -> None:
    found = may_name(wanted("ann", "bob"), (), NOON + DAY)
    assert isinstance(found, Unmet) and "over already" in str(found.reason)
    assert may_name(wanted("ann", "bob"), (), NOON + DAY - timedelta(microseconds=1)) == Met()


def test_a_delegated_role_is_not_passed_on_from_either_end() -> None:
    first = wanted("ann", "bob")
    assert "not passed on" in why(wanted("bob", "cem"), first)
    assert "not passed on" in why(wanted("eve", "ann"), first)


def test_another_role_time_or_team_is_no_second_step() -> None:
    first = wanted("ann", "bob", team="t1")
    for one in (
        wanted("bob", "cem", role="data"),
        wanted("bob", "cem", start=1),
        wanted("bob", "cem", team="t2"),
    ):
        assert isinstance(may_name(one, [first], NOON - DAY), Met)


@pytest.mark.parametrize("length", [1, 2, 5])
def test_deputies_form_no_circle_of_any_length(length: int) -> None:
    names = [f"p{n}" for n in range(length + 1)]
    roles = ["sre", "data", "product", "security", "sre", "data"]
    chain = [wanted(a, b, role) for a, b, role in zip(names, names[1:], roles, strict=False)]
    assert "circle" in why(wanted(names[-1], names[0], roles[length]), *chain)


def test_nobody_is_named_twice_at_once_but_again_afterwards() -> None:
    first = wanted("ann", "bob")
    assert "named already" in why(wanted("ann", "bob"), first)
    assert "named already" in why(wanted("ann", "bob", team="t1"), first)
    assert isinstance(may_name(wanted("ann", "bob", start=1), [first], NOON), Met)


def test_nobody_is_named_for_what_overlaps_on_either_side_but_before_and_after() -> None:
    first = wanted("ann", "bob", start=10, days=10)
    for start, days in ((5, 6), (19, 6), (12, 2), (5, 30)):
        assert "named already" in why(wanted("ann", "bob", start=start, days=days), first)
    for start, days in ((5, 5), (2, 3), (20, 5), (22, 3)):
        assert isinstance(may_name(wanted("ann", "bob", start=start, days=days), [first], NOON), Met)


def test_a_deputy_named_in_one_team_is_named_already_there_and_everywhere() -> None:
    inside, everywhere = wanted("ann", "bob", team="t1"), wanted("ann", "bob")
    for one, other in ((inside, inside), (inside, everywhere), (everywhere, inside)):
        assert "named already" in why(one, other)
    assert isinstance(may_name(wanted("ann", "bob", team="t2"), [inside], NOON), Met)


def test_two_deputies_for_one_role_are_no_duplicate() -> None:
    assert isinstance(may_name(wanted("ann", "cem"), [wanted("ann", "bob")], NOON), Met)


@pytest.fixture
def four(db: None) -> dict[str, User]:
    """Four people who sign."""
    return {who: person(who, "sre") for who in ("ann", "bob", "cem", "eve")}


def test_only_a_role_of_ones_own_is_delegated(four: dict[str, User]) -> None:
    with pytest.raises(NotAllowed, match="you do not hold Security"):
        name(four["ann"], four["bob"], "security")
    with pytest.raises(Invalid):
        name(four["ann"], four["bob"], "admin")
    with pytest.raises(Invalid):
        name(four["ann"], four["bob"], "sre", reason=" ")


def test_a_grant_in_one_team_is_not_delegated_in_another(four: dict[str, User]) -> None:
    mine, other = (Team.objects.create(slug=slug, name=slug) for slug in ("mine", "other"))
    RoleGrant.objects.filter(user=four["ann"]).update(team=mine)
    assert name(four["ann"], four["bob"], "sre", team=mine).team == mine
    with pytest.raises(NotAllowed):
        name(four["ann"], four["cem"], "sre", team=other)
    now = clock.now()
    assert deputies.standing_in(now, team=other.pk) == []
    assert [one.deputy for one in deputies.standing_in(now, team=mine.pk)] == [four["bob"]]
    assert deputies.in_teams(now, deputy=four["bob"], teams=[mine.pk, other.pk])[other.pk] == []


def test_naming_and_revoking_stand_in_the_log(four: dict[str, User]) -> None:
    made = name(four["ann"], four["bob"], "sre")
    deputies.revoke(delegation_id=made.pk, actor=four["ann"])
    kinds = [entry.kind for entry in log.entries_of("ACCOUNTS")]
    assert kinds[-2:] == ["delegation.made", "delegation.revoked"]
    told = [json.loads(bytes(act.record)) for act in Act.objects.filter(person=four["bob"]).order_by("pk")]
    assert [one["kind"] for one in told[-2:]] == ["delegation.made", "delegation.revoked"]
    assert told[-2]["facts"]["principal"] == str(four["ann"].pk)
    assert told[-2]["facts"]["ends_at"] == made.ends_at.isoformat()
    assert deputies.standing_in(clock.now(), team=None) == []
    with pytest.raises(Conflict, match="revoked already"):
        deputies.revoke(delegation_id=made.pk, actor=four["ann"])


def test_others_do_not_revoke_it_and_learn_nothing(four: dict[str, User]) -> None:
    made = name(four["ann"], four["bob"], "sre")
    with pytest.raises(NotFound):
        deputies.revoke(delegation_id=made.pk, actor=four["cem"])
    deputies.revoke(delegation_id=made.pk, actor=person("root", "admin"))


def lose_role(who: User) -> None:
    RoleGrant.objects.filter(user=who).update(revoked_at=clock.now())


def lose_account(who: User) -> None:
    User.objects.filter(pk=who.pk).update(is_active=False)


def wait_for_a_day(who: User) -> None:
    User.objects.filter(pk=who.pk).update(signs_from=clock.now() + DAY)


@pytest.mark.parametrize("who", ["ann", "bob"])
@pytest.mark.parametrize("lose", [lose_role, lose_account, wait_for_a_day])
def test_a_principal_or_deputy_in_whom_no_role_counts_stands_for_nothing(
    four: dict[str, User], who: str, lose: Callable[[User], None]
) -> None:
    name(four["ann"], four["bob"], "sre")
    assert len(deputies.standing_in(clock.now(), team=None)) == 1
    lose(four[who])
    assert deputies.standing_in(clock.now(), team=None) == []


def test_a_young_grant_delegates_nothing_yet(db: None) -> None:
    young, bob = person("young", "sre", counts=False), person("bob", "sre")
    name(young, bob, "sre")
    assert deputies.standing_in(clock.now(), team=None) == []
    give(young, "data")
    assert deputies.standing_in(clock.now(), team=None) == []


def raw(principal: User, deputy: User, role: str = "sre", **how: Any) -> Delegation:
    now = clock.now()
    given = {"starts_at": now, "ends_at": now + DAY, "reason": "Away.", **how}
    return Delegation.objects.create(principal=principal, deputy=deputy, role=role, **given)


@pytest.mark.parametrize(
    ("second", "refused"),
    [
        (("ann", "ann", "sre"), "their own deputy"),
        (("ann", "bob", "sre"), "named already"),
        (("bob", "cem", "sre"), "not passed on"),
        (("eve", "ann", "sre"), "not passed on"),
        (("bob", "ann", "data"), "no circle"),
        (("ann", "cem", "admin"), "only_seats_are_delegated"),
    ],
)
def test_the_database_holds_the_same_law(
    four: dict[str, User], second: tuple[str, str, str], refused: str
) -> None:
    raw(four["ann"], four["bob"])
    principal, deputy, role = second
    with pytest.raises(IntegrityError, match=refused), transaction.atomic():
        raw(four[principal], four[deputy], role)


def test_the_database_changes_no_delegation_but_to_revoke_it(four: dict[str, User]) -> None:
    made = raw(four["ann"], four["bob"])
    rows = Delegation.objects.filter(pk=made.pk)
    for write in (
        lambda: rows.update(deputy=four["cem"]),
        lambda: rows.update(ends_at=clock.now() + 9 * DAY),
        lambda: rows._raw_delete("default"),
    ):
        with pytest.raises(IntegrityError, match="revoked, never"), transaction.atomic():
            write()
    with pytest.raises(IntegrityError, match="ends ahead"), transaction.atomic():
        raw(four["eve"], four["cem"], starts_at=clock.now() - 2 * DAY, ends_at=clock.now() - DAY)


@pytest.mark.django_db
def test_who_is_recovered_has_no_deputies_left_and_stands_in_for_nobody() -> None:
    sre, other, third = person("sre", "sre"), person("other", "sre"), person("third", "sre")
    named, given = name(sre, other, "sre"), name(third, sre, "sre", starts_at=clock.now() + 2 * DAY,
                                                ends_at=clock.now() + 3 * DAY)  # fmt: skip
    untouched = name(third, other, "sre")
    link = links.make(sre, actor=person("boss", "admin")).rsplit("/", 1)[1]
    links.use(link, password="another-Long-secret-9")
    assert set(Delegation.objects.filter(revoked_at=None)) == {untouched}
    ended = Delegation.objects.exclude(revoked_at=None)
    assert {one.pk for one in ended} == {named.pk, given.pk}
    assert [entry.kind for entry in log.entries_of("ACCOUNTS")].count("delegation.revoked") == 2
