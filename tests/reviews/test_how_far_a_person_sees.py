"""How far a person sees: everywhere, in their teams, and what they requested; inactive, nothing."""

from itertools import product
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from guardian.shortcuts import assign_perm

from orr.accounts import acts, membership, people
from orr.accounts.membership import Sight
from orr.accounts.models import RoleGrant, Team, TeamPermission, User
from orr.lib import clock
from orr.lib.errors import Hidden, NotAllowed, NotFound
from orr.reviews import sight
from orr.reviews.models import Review
from orr.tlog import log
from tests.factories.people import give, person, team
from tests.factories.reviews import review

pytestmark = pytest.mark.django_db


@pytest.fixture
def home() -> Team:
    """The team that owns `search`."""
    return team("home", "search")


@pytest.fixture
def one(home: Team) -> Review:
    """Its review."""
    return review()


def deactivated(who: User) -> User:
    User.objects.filter(pk=who.pk).update(is_active=False)
    who.refresh_from_db()
    return who


def kinds() -> list[str]:
    return [entry.kind for entry in log.entries_of(acts.STREAM)]


@pytest.mark.parametrize(("everywhere", "member", "requested"), list(product((True, False), repeat=3)))
def test_any_one_of_three_is_enough(everywhere: bool, member: bool, requested: bool) -> None:
    me, here = uuid4(), uuid4()
    seen = Sight(me, everywhere, frozenset({here} if member else {uuid4()}))
    found = seen.of(team=here, requester=me if requested else uuid4())
    assert found is (everywhere or member or requested)


def test_a_sight_names_the_person_their_teams_and_whether_it_is_everywhere(home: Team) -> None:
    inside, auditor = person("inside", "sre", team=home), person("auditor", "auditor")
    assert membership.sight(inside) == Sight(inside.pk, False, frozenset({home.pk}))
    assert membership.sight(auditor) == Sight(auditor.pk, True, frozenset())


def test_who_is_inactive_sees_nothing_even_by_what_they_hold_and_requested(one: Review, home: Team) -> None:
    give(one.requester, "auditor", team=home)
    away = deactivated(one.requester)
    assert membership.sight(away) == membership.NOTHING
    assert (membership.NOTHING.everywhere, membership.NOTHING.teams) == (False, frozenset())
    assert not membership.NOTHING.of(team=one.team_id, requester=away.pk)
    assert not membership.roles_everywhere(away).exists()
    assert not membership.rights_of(away).exists()
    assert not Review.objects.filter(sight.seen_by(away)).exists()
    with pytest.raises(NotAllowed, match="no longer active"):
        sight.require(one, away)
    assert membership.roles_everywhere(person("data", "data")).exists()


def test_a_role_that_was_taken_back_shows_nothing(one: Review) -> None:
    former = person("former", "auditor")
    RoleGrant.objects.filter(user=former).update(revoked_at=clock.now())
    assert not membership.sight(former).everywhere
    assert not Review.objects.filter(sight.seen_by(former)).exists()


def test_only_the_right_to_view_is_membership(home: Team) -> None:
    kim, lee = person("kim"), person("lee")
    assign_perm("view_team", kim, home)
    assert list(membership.rights_of(kim)) == [TeamPermission.objects.get(user=kim)]
    other = TeamPermission.objects.get(user=kim).permission
    other.pk, other.codename = None, "polish_team"
    other.save()
    TeamPermission.objects.create(user=lee, permission=other, content_object=home)
    assert list(membership.rights_of(lee)) == []
    assert membership.members(home) == [kim]


def test_the_right_of_a_group_makes_nobody_a_member(home: Team) -> None:
    kim, group = person("kim"), Group.objects.create(name="everyone")
    group.user_set.add(kim)
    assign_perm("view_team", group, home)
    assert membership.members(home) == []
    assert not membership.rights_of(kim).exists()


def test_members_are_active_and_by_name(home: Team) -> None:
    zoe, abe, gone = (person(name, "sre", team=home) for name in ("zoe", "abe", "gone"))
    person("other", "sre", team=team("other"))
    deactivated(gone)
    assert membership.members(home) == [abe, zoe]


def test_who_joins_twice_or_leaves_twice_is_logged_once(home: Team) -> None:
    kim, lee, admin = person("kim"), person("lee", "sre", team=home), person("admin", "admin")
    for _ in range(2):
        membership.join(home, kim, admin)
    assert membership.members(home) == [kim, lee]
    for _ in range(2):
        membership.leave(home, kim, admin)
    assert membership.members(home) == [lee]
    assert kinds() == ["team.member_added", "team.member_removed"]


def test_a_code_in_sight_is_there_and_one_of_nothing_is_not(one: Review, home: Team) -> None:
    inside, outside = person("inside", "sre", team=home), person("outside", "sre", team=team("elsewhere"))
    sight.look(one.code, inside)
    sight.require(one, inside)
    sight.require(one, people.system())
    said = f"There is no review “{one.code}”."
    for refused in (lambda: sight.look(one.code, outside), lambda: sight.require(one, outside)):
        with pytest.raises(Hidden) as hidden:
            refused()
        assert str(hidden.value) == said
    for code in ("ORR-999999", "x" * 50):
        with pytest.raises(NotFound) as missing:
            sight.look(code, inside)
        assert not isinstance(missing.value, Hidden)
        assert str(missing.value) == f"There is no review “{code[:40]}”."


def test_a_sight_in_parts_finds_what_the_whole_finds(one: Review, home: Team) -> None:
    elsewhere = team("elsewhere", "billing")
    both = person("both", "release_manager", team=home)
    give(both, "release_manager", team=elsewhere)
    billing = review(both, service_ids=["billing"])
    RoleGrant.objects.filter(user=one.requester).update(revoked_at=clock.now())
    for who, sees in (
        (both, {one, billing}),
        (person("inside", "sre", team=home), {one}),
        (person("outside", "sre", team=elsewhere), {billing}),
        (one.requester, {one}),
        (person("auditor", "auditor"), {one, billing}),
        (person("stranger"), set()),
    ):
        found = membership.sight(who)
        parts = sight.parts(found)
        assert set(Review.objects.filter(sight.seen_by(who))) == sees
        assert set(Review.objects.filter(sight.within(found))) == sees
        assert {each for part in parts for each in Review.objects.filter(part)} == sees
        assert len(parts) == (1 if found.everywhere else 1 + len(found.teams))
