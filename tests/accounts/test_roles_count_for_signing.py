"""Which roles a person holds, where, and from which moment they count for signing."""

from datetime import timedelta

import pytest

from orr.accounts import people, roles
from orr.accounts.models import APPROVER_ROLES, DEFAULT_TEAM, Role, RoleGrant, Team, User
from orr.lib import clock
from orr.lib.errors import Invalid, NotAllowed
from tests.factories.people import person

pytestmark = pytest.mark.django_db
US = timedelta(microseconds=1)


@pytest.fixture
def team() -> Team:
    """A team besides the default one."""
    return Team.objects.create(slug="other", name="Other")


def held_in(user: User, role: str, team: Team | None) -> RoleGrant:
    now = clock.now()
    return RoleGrant.objects.create(
        user=user, role=role, team=team, granted_by=people.system(), granted_at=now, counts_from=now
    )


def test_a_role_counts_from_its_moment_and_not_a_microsecond_before() -> None:
    young = person("young", "sre", counts=False)
    moment = young.grants.get().counts_from
    assert roles.roles_of(young, moment - US) == frozenset()
    assert roles.roles_of(young, moment) == {"sre"}
    assert roles.people_with("sre", moment - US) == []
    assert roles.people_with("sre", moment) == [young]


def test_without_a_moment_a_young_role_is_held() -> None:
    young = person("young", "sre", counts=False)
    assert roles.roles_of(young) == {"sre"}
    assert roles.people_with("sre") == [young]


def test_who_was_given_a_new_way_in_signs_from_then_on_only() -> None:
    kim, moment = person("kim", "sre"), clock.now() + timedelta(hours=1)
    kim.signs_from = moment
    kim.save()
    assert roles.roles_of(kim, moment - US) == frozenset()
    assert roles.roles_of(kim, moment) == {"sre"}
    assert roles.roles_of(kim) == {"sre"}
    assert roles.people_with("sre", moment - US) == []
    assert roles.people_with("sre", moment) == [kim]
    assert roles.people_with("sre") == [kim]


def test_a_revoked_role_is_held_no_longer_and_others_stay() -> None:
    kim, lee, admin = person("kim", "sre", "data"), person("lee", "sre"), person("admin", "admin")
    roles.revoke(user=kim, role="sre", actor=admin)
    assert roles.roles_of(kim) == roles.roles_of(kim, clock.now()) == {"data"}
    assert roles.roles_of(lee) == {"sre"}
    assert roles.people_with("sre") == [lee]
    assert kim.grants.get(role="sre").revoked_at is not None


def test_only_an_administrator_takes_a_role_back() -> None:
    kim, boss = person("kim", "sre"), person("boss", "release_manager")
    with pytest.raises(NotAllowed):
        roles.revoke(user=kim, role="sre", actor=boss)
    assert roles.roles_of(kim) == {"sre"}


def test_a_role_that_was_taken_can_be_given_anew() -> None:
    kim, admin = person("kim", "sre"), person("admin", "admin")
    roles.revoke(user=kim, role="sre", actor=admin)
    again = roles.grant(user=kim, role="sre", actor=admin)
    assert (again.granted_by, again.revoked_at) == (admin, None)
    assert roles.roles_of(kim) == {"sre"}


def test_a_role_that_is_held_stays_as_it_is() -> None:
    kim, admin = person("kim", "sre"), person("admin", "admin")
    before = kim.grants.get()
    assert roles.grant(user=kim, role="sre", actor=admin) == before
    assert roles.grant(user=kim, role="data", actor=admin) != before
    assert roles.grant(user=admin, role="sre", actor=admin).user == admin
    assert kim.grants.get(role="sre").counts_from == before.counts_from


def test_an_inactive_person_holds_nothing() -> None:
    kim = person("kim", "sre")
    User.objects.filter(pk=kim.pk).update(is_active=False)
    kim.refresh_from_db()
    assert roles.roles_of(kim) == roles.roles_of(kim, clock.now()) == frozenset()
    assert roles.people_with("sre") == []


def test_a_role_in_a_team_is_held_there_and_nowhere_else(team: Team) -> None:
    kim, lee = person("kim"), person("lee", "sre")
    held_in(kim, "sre", team)
    assert roles.roles_of(kim) == {"sre"}
    assert roles.roles_of(kim, team=team.pk) == {"sre"}
    assert roles.roles_of(kim, team=DEFAULT_TEAM) == frozenset()
    assert roles.roles_of(lee, team=team.pk) == roles.roles_of(lee, team=DEFAULT_TEAM) == {"sre"}
    assert roles.people_with("sre", team=team.pk) == [kim, lee]
    assert roles.people_with("sre", team=DEFAULT_TEAM) == [lee]
    assert roles.people_with("sre") == [kim, lee]


def test_who_holds_a_role_twice_is_named_once_and_all_by_name(team: Team) -> None:
    zoe, abe = person("zoe", "sre"), person("abe", "sre")
    held_in(abe, "sre", team)
    assert roles.people_with("sre", clock.now()) == [abe, zoe]
    assert roles.people_with("data") == []


def test_what_needs_a_role_is_refused_without_it_and_says_which(team: Team) -> None:
    kim = person("kim")
    held_in(kim, "sre", team)
    roles.require(kim, "sre")
    roles.require(kim, "security", "sre", team=team.pk)
    with pytest.raises(NotAllowed, match="the role SRE; you"):
        roles.require(kim, "sre", team=DEFAULT_TEAM)
    with pytest.raises(NotAllowed, match="the role Administrator, Security; you"):
        roles.require(kim, "admin", "security")


def test_an_unknown_role_is_refused_with_a_pointer() -> None:
    with pytest.raises(Invalid) as refusal:
        roles.grant(user=person("kim"), role="emperor", actor=people.system())
    assert [error.pointer for error in refusal.value.errors] == ["/role"]
    assert "emperor" in str(refusal.value.errors[0].sentence)


def test_every_role_has_its_name() -> None:
    named = {
        "release_manager": "Release manager",
        "sre": "SRE",
        "security": "Security",
        "product": "Product",
        "data": "Data",
        "auditor": "Auditor",
        "admin": "Administrator",
    }
    assert set(named) == set(Role.values)
    assert {role: str(roles.role_sentence(role)) for role in named} == named
    assert {role: roles.role_title(role) for role in named} == named
    assert roles.role_title("emperor") == str(roles.role_sentence("emperor")) == "emperor"
    assert set(named) > APPROVER_ROLES
