"""A role counts for signing after 24 hours or a second administrator's consent; at once only at set-up."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from orr.accounts import acts, people, roles
from orr.accounts.models import DEFAULT_TEAM, RoleGrant, User
from orr.lib import clock
from orr.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from orr.tlog import log
from tests.factories.people import age_grants, give, person, team
from tests.factories.reviews import review

pytestmark = pytest.mark.django_db


@pytest.fixture
def admins() -> tuple[User, User]:
    """Two administrators in whom the role counts."""
    return person("admin", "admin"), person("admin2", "admin")


@pytest.fixture
def used() -> None:
    """The installation has had its first review."""
    review()


def granted(role: str = "sre", **how: Any) -> RoleGrant:
    """A role given to Kim by the first administrator."""
    kim = User.objects.filter(username="kim").first() or person("kim")
    return roles.grant(user=kim, role=role, actor=User.objects.get(username="admin"), **how)


def kinds() -> list[str]:
    return [one.kind for one in log.entries_of(acts.STREAM)]


def test_before_the_first_review_a_grant_counts_at_once_and_is_logged_as_set_up(admins: Any) -> None:
    grant = granted()
    assert "sre" in roles.roles_of(grant.user, clock.now())
    assert kinds() == ["role.granted_at_setup"]


def test_after_the_first_review_a_grant_counts_after_24_hours_and_no_earlier(admins: Any, used: None) -> None:
    grant = granted()
    assert kinds() == ["role.granted"]
    day = grant.granted_at + timedelta(hours=24)
    assert "sre" not in roles.roles_of(grant.user, day - timedelta(microseconds=1))
    assert "sre" in roles.roles_of(grant.user, day)


def test_a_second_administrators_consent_lets_it_count_at_once(admins: Any, used: None) -> None:
    grant = granted()
    roles.consent(grant_id=grant.pk, actor=admins[1])
    assert "sre" in roles.roles_of(grant.user, clock.now())
    assert kinds() == ["role.granted", "role.consented"]


def test_who_granted_is_no_second(admins: Any, used: None) -> None:
    grant = granted()
    with pytest.raises(NotAllowed, match="second administrator"):
        roles.consent(grant_id=grant.pk, actor=admins[0])
    assert "sre" not in roles.roles_of(grant.user, clock.now())


def test_who_receives_is_no_second(admins: Any, used: None) -> None:
    grant = roles.grant(user=admins[1], role="sre", actor=admins[0])
    with pytest.raises(NotAllowed, match="second administrator"):
        roles.consent(grant_id=grant.pk, actor=admins[1])


def test_the_database_holds_that_a_second_administrator_consents(admins: Any, used: None) -> None:
    grant, now = granted(), clock.now()
    for nobody_else in (grant.granted_by, grant.user):
        with pytest.raises(IntegrityError, match="a_second_administrator_consents"), transaction.atomic():
            RoleGrant.objects.filter(pk=grant.pk).update(consented_by=nobody_else, consented_at=now)
    with pytest.raises(IntegrityError, match="a_second_administrator_consents"), transaction.atomic():
        RoleGrant.objects.filter(pk=grant.pk).update(consented_by=admins[1])


def test_an_administrator_made_a_moment_ago_by_the_first_is_no_second(admins: Any, used: None) -> None:
    puppet = person("puppet")
    roles.grant(user=puppet, role="admin", actor=admins[0])
    with pytest.raises(NotAllowed, match="less than 24 hours"):
        roles.consent(grant_id=granted().pk, actor=puppet)
    age_grants(puppet, timedelta(0))
    roles.consent(grant_id=granted().pk, actor=puppet)


@pytest.mark.parametrize("role", ["release_manager", "sre", "auditor"])
def test_who_is_no_administrator_neither_gives_takes_nor_consents(role: str, admins: Any, used: None) -> None:
    grant, other = granted(), person("other", role)
    for act in (
        lambda: roles.grant(user=grant.user, role="data", actor=other),
        lambda: roles.revoke(user=grant.user, role="sre", actor=other),
        lambda: roles.consent(grant_id=grant.pk, actor=other),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert RoleGrant.objects.get(pk=grant.pk).revoked_at is None


def test_consent_comes_once_and_only_to_what_waits(admins: Any, used: None) -> None:
    grant = granted()
    roles.consent(grant_id=grant.pk, actor=admins[1])
    with pytest.raises(Conflict):
        roles.consent(grant_id=grant.pk, actor=admins[1])
    taken = granted("data")
    roles.revoke(user=taken.user, role="data", actor=admins[0])
    with pytest.raises(NotFound):
        roles.consent(grant_id=taken.pk, actor=admins[1])


def test_a_role_taken_and_given_again_waits_again(admins: Any, used: None) -> None:
    grant = granted()
    roles.consent(grant_id=grant.pk, actor=admins[1])
    roles.revoke(user=grant.user, role="sre", actor=admins[0])
    assert granted().counts_from > clock.now()
    taken = RoleGrant.objects.get(pk=grant.pk)
    assert taken.revoked_by == admins[0]
    assert kinds() == ["role.granted", "role.consented", "role.revoked", "role.granted"]


def test_an_unused_wiring_lets_no_grant_count_at_once(admins: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roles, "in_use", roles._it_is)
    assert granted().counts_from > clock.now()


def test_an_administrator_is_one_everywhere(admins: Any) -> None:
    search = team("search")
    with pytest.raises(Invalid):
        granted("admin", team=search.pk)
    with pytest.raises(IntegrityError, match="administrators_are_of_everything"), transaction.atomic():
        RoleGrant.objects.create(user=admins[0], role="admin", team=search, counts_from=clock.now())


def test_no_role_is_held_in_the_team_of_everyone(admins: Any) -> None:
    with pytest.raises(Invalid):
        granted(team=DEFAULT_TEAM)
    with pytest.raises(IntegrityError, match="no_role_in_the_team_of_everyone"), transaction.atomic():
        RoleGrant.objects.create(user=admins[0], role="sre", team_id=DEFAULT_TEAM, counts_from=clock.now())


def test_a_deactivated_person_is_given_no_role(admins: Any) -> None:
    kim = person("kim")
    people.deactivate(user=kim, actor=admins[0])
    with pytest.raises(Conflict):
        granted()


def test_who_comes_back_waits_until_what_they_hold_counts(admins: Any) -> None:
    sre = person("sre", "sre")
    people.deactivate(user=sre, actor=admins[0])
    people.reactivate(user=sre, actor=admins[0])
    sre.refresh_from_db()
    assert roles.roles_of(sre) == {"sre"}
    assert roles.roles_of(sre, clock.now()) == frozenset()
    assert roles.roles_of(sre, clock.now() + timedelta(hours=24, seconds=1)) == {"sre"}


def test_a_second_administrator_vouches_for_who_comes_back(admins: Any) -> None:
    sre = person("sre", "sre")
    people.deactivate(user=sre, actor=admins[0])
    people.reactivate(user=sre, actor=admins[0])
    with pytest.raises(NotAllowed, match="second administrator"):
        people.vouch(user=sre, actor=admins[0])
    give(sre, "admin")
    with pytest.raises(NotAllowed):
        people.vouch(user=User.objects.get(pk=sre.pk), actor=User.objects.get(pk=sre.pk))
    people.vouch(user=sre, actor=admins[1])
    sre.refresh_from_db()
    assert "sre" in roles.roles_of(sre, clock.now())
    assert kinds()[-1] == "person.vouched_for"


def test_nobody_vouches_where_it_is_not_known_who_renewed_the_way_in(admins: Any) -> None:
    sre = person("sre", "sre")
    User.objects.filter(pk=sre.pk).update(signs_from=clock.now() + timedelta(hours=1))
    with pytest.raises(Conflict):
        people.vouch(user=sre, actor=admins[1])


def test_a_fact_with_no_wait_needs_no_voucher(admins: Any) -> None:
    with pytest.raises(Conflict):
        people.vouch(user=person("sre", "sre"), actor=admins[1])
