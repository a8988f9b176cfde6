"""Which roles a person holds, where, and from which moment they count for signing."""

from datetime import timedelta
from uuid import uuid4

import pytest

from orr.accounts import acts, membership, people, roles
from orr.accounts.models import APPROVER_ROLES, DEFAULT_TEAM, Role, RoleGrant, Team, User
from orr.lib import clock
from orr.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from orr.tlog import log
from tests.factories.people import give, person

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


def test_the_holders_of_a_role_are_those_here_and_those_everywhere_by_name(team: Team) -> None:
    zoe, abe, gone = person("zoe", "sre", "data"), person("abe"), person("gone", "sre")
    elsewhere = Team.objects.create(slug="elsewhere", name="Elsewhere")
    held_in(abe, "sre", team)
    held_in(zoe, "sre", team)
    held_in(person("far"), "sre", elsewhere)
    RoleGrant.objects.filter(user=person("once", "sre")).update(revoked_at=clock.now())
    User.objects.filter(pk=gone.pk).update(is_active=False)
    assert roles.holders(team.pk) == {"sre": ["Abe", "Zoe"], "data": ["Zoe"]}
    assert roles.holders(None) == {"sre": ["Zoe"], "data": ["Zoe"]}


def test_roles_are_said_as_one_or_the_other_each_once_in_their_order() -> None:
    assert str(roles.either(["sre"])) == "SRE"
    assert str(roles.either(["security", "sre", "security"])) == "Security or SRE"
    assert str(roles.either(["sre", "security", "data"])) == "SRE or Security or Data"


def test_who_acts_on_a_review_is_a_release_manager_or_an_approver() -> None:
    assert {"release_manager", "sre", "security", "product", "data"} == roles.ACTING_ROLES


def test_a_role_is_given_in_the_team_that_was_named_and_makes_a_member(team: Team) -> None:
    kim, admin = person("kim"), person("admin", "admin")
    Team.objects.create(slug="another", name="Another")
    given = roles.grant(user=kim, role="sre", actor=admin, team=team.pk)
    assert (given.team, membership.members(team)) == (team, [kim])
    assert roles.grant(user=kim, role="sre", actor=admin) != given
    assert roles.grant(user=kim, role="sre", actor=admin, team=team.pk) == given


def test_no_role_is_given_in_a_team_that_is_not_there_or_that_is_everyones(team: Team) -> None:
    kim, admin = person("kim"), person("admin", "admin")
    for role, where, why in (
        ("sre", uuid4(), "no such team"),
        ("sre", DEFAULT_TEAM, "held everywhere"),
        ("admin", team.pk, "held everywhere"),
    ):
        with pytest.raises(Invalid) as refusal:
            roles.grant(user=kim, role=role, actor=admin, team=where)
        [error] = refusal.value.errors
        assert error.pointer == "/team" and why in str(error.sentence)
    assert not kim.grants.exists()


def test_a_role_is_taken_back_where_it_was_named_and_what_was_taken_before_stays(team: Team) -> None:
    kim, admin, other = person("kim", "sre"), person("admin", "admin"), person("other", "admin")
    inside = held_in(kim, "sre", team)
    roles.revoke(user=kim, role="sre", actor=admin)
    inside.refresh_from_db()
    taken = kim.grants.get(team=None)
    assert (inside.revoked_at, taken.revoked_by) == (None, admin)
    roles.revoke(user=kim, role="sre", actor=other)
    assert kim.grants.get(team=None).revoked_by == admin
    roles.revoke(user=kim, role="sre", actor=other, team=team.pk)
    assert roles.roles_of(kim) == frozenset()
    assert [one.kind for one in log.entries_of(acts.STREAM)] == ["role.revoked", "role.revoked"]


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> None:
    """The installation has had its first review."""
    monkeypatch.setattr(roles, "in_use", lambda: True)


def test_consent_is_to_the_grant_that_was_named_and_stands_with_who_gave_it(used: None) -> None:
    admin, second, kim = person("admin", "admin"), person("second", "admin"), person("kim")
    other, wanted = (roles.grant(user=kim, role=role, actor=admin) for role in ("data", "sre"))
    agreed = roles.consent(grant_id=wanted.pk, actor=second)
    kept = RoleGrant.objects.get(pk=wanted.pk)
    assert agreed == kept
    assert kept.consented_by == second
    assert kept.consented_at == kept.counts_from == agreed.counts_from
    assert other.granted_at <= kept.counts_from <= clock.now()
    other.refresh_from_db()
    assert (other.consented_by, other.counts_from - other.granted_at) == (None, timedelta(hours=24))


def test_consent_to_what_is_not_there_says_so(used: None) -> None:
    with pytest.raises(NotFound, match="no such grant"):
        roles.consent(grant_id=0, actor=person("admin", "admin"))


def test_neither_the_system_nor_who_is_no_administrator_consents(used: None) -> None:
    kim, admin = person("kim"), person("admin", "admin")
    waits = roles.grant(user=kim, role="sre", actor=admin)
    give(kim, "auditor")
    for nobody in (people.system(), kim):
        with pytest.raises(NotAllowed, match="role Administrator"):
            roles.consent(grant_id=waits.pk, actor=nobody)


def test_a_grant_taken_back_while_consent_waits_for_its_turn_stays_taken(
    used: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, second, kim = person("admin", "admin"), person("second", "admin"), person("kim")
    waits = roles.grant(user=kim, role="sre", actor=admin)

    def taken_first(user: User) -> User:
        RoleGrant.objects.filter(pk=waits.pk).update(revoked_at=clock.now(), revoked_by=admin)
        return user

    monkeypatch.setattr(roles, "locked", taken_first)
    with pytest.raises(Conflict, match="waits no longer"):
        roles.consent(grant_id=waits.pk, actor=second)
    waits.refresh_from_db()
    assert waits.consented_by is None


def test_what_counts_from_this_moment_needs_no_consent(used: None, monkeypatch: pytest.MonkeyPatch) -> None:
    admin, second, kim = person("admin", "admin"), person("second", "admin"), person("kim")
    waits = roles.grant(user=kim, role="sre", actor=admin)
    monkeypatch.setattr(clock, "now", lambda: waits.counts_from)
    with pytest.raises(Conflict, match="waits no longer"):
        roles.consent(grant_id=waits.pk, actor=second)
