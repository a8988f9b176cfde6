"""Teams: a right on a team is what a person was given, by themselves, and nothing that is inherited."""

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from guardian.shortcuts import get_users_with_perms

from orr.accounts import acts, membership, people, roles, teams, tokens
from orr.accounts.models import DEFAULT_TEAM, RoleGrant, Team, TeamPermission, User
from orr.lib.errors import Conflict, Invalid, NotAllowed, NotFound, NotSignedIn
from orr.tlog import log
from tests.factories.people import PASSWORD, give, person, team

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    """An administrator."""
    return person("admin", "admin")


@pytest.fixture
def search(admin: User) -> Team:
    """A team made by the product's own act."""
    return teams.make(slug="search", name="Search", actor=admin)


def kinds() -> list[str]:
    return [one.kind for one in log.entries_of(acts.STREAM)]


def test_membership_is_one_right_and_both_ways_are_logged(admin: User, search: Team) -> None:
    kim = person("kim")
    teams.add(team=search, user=kim, actor=admin)
    teams.add(team=search, user=kim, actor=admin)
    assert membership.members(search) == [kim]
    assert membership.sight(kim).teams == {search.pk}
    teams.remove(team=search, user=kim, actor=admin)
    assert membership.sight(kim).teams == frozenset()
    assert kinds() == ["team.made", "team.member_added", "team.member_removed"]


def test_a_role_in_a_team_makes_its_holder_a_member(admin: User, search: Team) -> None:
    kim = person("kim")
    roles.grant(user=kim, role="sre", actor=admin, team=search.pk)
    assert membership.members(search) == [kim]
    assert roles.roles_of(kim, team=search.pk) == {"sre"}
    assert roles.roles_of(kim, team=DEFAULT_TEAM) == frozenset()


def test_who_leaves_a_team_leaves_its_roles_there_and_no_others(admin: User, search: Team) -> None:
    kim, other = person("kim", "data"), team("other")
    for where in (search, other):
        roles.grant(user=kim, role="sre", actor=admin, team=where.pk)
    teams.remove(team=search, user=kim, actor=admin)
    held = RoleGrant.objects.filter(user=kim, revoked_at=None).values_list("role", "team")
    assert set(held) == {("data", None), ("sre", other.pk)}
    assert kinds()[-2:] == ["role.revoked", "team.member_removed"]


@pytest.mark.parametrize("role", ["release_manager", "sre", "auditor", None])
def test_only_an_administrator_changes_a_team(role: str | None, search: Team) -> None:
    someone, kim = person("someone", *([role] if role else [])), person("kim")
    before = kinds()
    for act in (
        lambda: teams.make(slug="mine", name="Mine", actor=someone),
        lambda: teams.rename(team=search, name="Mine", actor=someone),
        lambda: teams.give_service(team=search, service_id="x", actor=someone),
        lambda: teams.take_service(team=search, service_id="x", actor=someone),
        lambda: teams.add(team=search, user=kim, actor=someone),
        lambda: teams.remove(team=search, user=kim, actor=someone),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert kinds() == before


def test_guardian_returns_inactive_users_and_we_do_not(admin: User, search: Team) -> None:
    """django-guardian's `get_users_with_perms` does not look at `is_active`."""
    kim = person("kim")
    teams.add(team=search, user=kim, actor=admin)
    people.deactivate(user=kim, actor=admin)
    kim.refresh_from_db()
    assert kim in get_users_with_perms(search), "guardian changed: our own filter may go"
    assert membership.members(search) == []
    assert membership.sight(kim) == membership.NOTHING
    assert not membership.rights_of(kim).exists()


def test_a_person_made_anew_inherits_nothing(admin: User, search: Team) -> None:
    """A reused primary key inherits generic grants (django-guardian, "orphaned object permissions")."""
    former = User.objects.create(username="kim", name="Kim")
    TeamPermission.objects.assign_perm("view_team", former, search)
    key, _ = former.pk, former.delete()
    anew = User.objects.create(pk=key, username="kim", name="Kim")
    assert membership.sight(anew).teams == frozenset()
    assert membership.members(search) == []
    assert roles.roles_of(anew) == frozenset()


def test_a_team_made_anew_under_the_same_id_has_no_members(admin: User) -> None:
    key, kim = uuid.uuid4(), person("kim")
    Team.objects.create(pk=key, slug="former", name="Former")
    TeamPermission.objects.assign_perm("view_team", kim, Team.objects.get(pk=key))
    Team.objects.filter(pk=key).delete()
    anew = Team.objects.create(pk=key, slug="former", name="Former")
    assert membership.members(anew) == []
    assert membership.sight(kim).teams == frozenset()


def test_neither_a_group_nor_a_superuser_is_a_member(search: Team) -> None:
    root, grouped = person("root"), person("grouped")
    User.objects.filter(pk=root.pk).update(is_superuser=True, is_staff=True)
    group = Group.objects.create(name="everyone")
    group.user_set.add(grouped)
    root.refresh_from_db()
    for one in (root, grouped):
        assert membership.sight(one) == membership.Sight(one.pk, False, frozenset())
    assert membership.members(search) == []


def test_rights_stand_in_a_table_with_real_foreign_keys() -> None:
    with connection.cursor() as cursor:
        found = connection.introspection.get_relations(cursor, TeamPermission._meta.db_table)
    assert found["content_object_id"][1] == "accounts_team"
    assert found["user_id"][1] == "accounts_user"


def test_a_service_belongs_to_one_team(admin: User, search: Team) -> None:
    teams.give_service(team=search, service_id="search-api", actor=admin)
    with pytest.raises(Conflict, match="belongs to Search"):
        teams.give_service(team=team("other"), service_id="search-api", actor=admin)
    teams.take_service(team=search, service_id="search-api", actor=admin)
    teams.give_service(team=Team.objects.get(slug="other"), service_id="search-api", actor=admin)
    assert kinds()[-3:] == ["team.service_given", "team.service_taken", "team.service_given"]


@pytest.mark.parametrize(
    ("services", "owner"),
    [
        (["a"], "one"), (["a", "a2"], "one"), (["a", "b"], "everyone"), (["a", "free"], "everyone"),
        (["free"], "everyone"), ([], "everyone"),
    ],
)  # fmt: skip
def test_one_owner_of_every_service_or_everyone(services: list[str], owner: str) -> None:
    team("one", "a", "a2")
    team("two", "b")
    assert Team.objects.get(pk=teams.owner_of(services)).slug == owner


@pytest.mark.parametrize("slug", ["", "A", "a b", "-a", "a" * 41, "ä", "a\n", "a/b"])
def test_a_short_name_is_plain(slug: str, admin: User) -> None:
    with pytest.raises(Invalid):
        teams.make(slug=slug, name="Name", actor=admin)
    with pytest.raises(NotFound):
        teams.find(slug)


def test_what_no_team_owns_is_nobodys_to_give(admin: User) -> None:
    with pytest.raises(Conflict):
        teams.give_service(team=Team.objects.get(pk=DEFAULT_TEAM), service_id="x", actor=admin)


def test_deactivating_ends_the_session_and_the_token_at_once(admin: User) -> None:
    sre, client = person("sre", "sre"), Client()
    assert client.login(username="sre", password=PASSWORD)
    raw = tokens.issue(user=sre, scopes=["orr:read"], days=1)
    assert client.get("/").status_code == 200
    people.deactivate(user=sre, actor=admin)
    assert client.get("/").status_code == 302
    with pytest.raises(NotSignedIn):
        tokens.authenticate(raw)
    people.reactivate(user=sre, actor=admin)
    assert client.get("/").status_code == 302, "the former session stays ended"
    with pytest.raises(NotSignedIn):
        tokens.authenticate(raw)
    assert kinds() == ["token.issued", "person.deactivated", "person.reactivated"]


@pytest.mark.django_db(transaction=True)
def test_a_person_who_signs_in_while_being_deactivated_is_out_afterwards() -> None:
    admin, sre = person("admin", "admin"), person("sre", "sre")
    client = Client()
    people.deactivate(user=sre, actor=admin)
    assert not client.login(username="sre", password=PASSWORD)


def test_every_act_on_people_is_logged(admin: User, search: Team) -> None:
    kim, _ = people.invite(username="kim", name="Kim", wanted=["sre"], actor=admin)
    people.map_author(author_id="gh:kim", user=kim, actor=admin)
    people.map_author(author_id="gh:kim", user=kim, actor=admin)
    raw = tokens.issue(user=kim, scopes=["orr:read"], days=1)
    tokens.revoke(user=kim, token_id=tokens.authenticate(raw)[1].pk)
    teams.rename(team=search, name="Find", actor=admin)
    assert kinds() == [
        "team.made", "person.invited", "role.granted_at_setup", "person.link_made", "author.mapped",
        "token.issued", "token.revoked", "team.renamed",
    ]  # fmt: skip


def test_a_refused_act_leaves_no_record(admin: User, search: Team) -> None:
    before = kinds()
    refused: Any
    for refused in (
        lambda: people.invite(username="a b", name="", wanted=[], actor=admin),
        lambda: people.invite(username="kim", name="Kim", wanted=["emperor"], actor=admin),
        lambda: teams.make(slug="search", name="Again", actor=admin),
        lambda: roles.grant(user=admin, role="sre", actor=admin, team=uuid.uuid4()),
    ):
        with pytest.raises((Invalid, NotFound)):
            refused()
    assert kinds() == before
    assert not User.objects.filter(username="kim").exists()
    give(admin, "sre")
    assert kinds() == before
