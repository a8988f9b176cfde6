"""An administrator may let a person in again; what the person holds does not become the administrator's."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client

from orr.accounts import factors, links, people, roles, tokens
from orr.accounts.models import OneTimeLink, User
from orr.lib import clock
from orr.lib.errors import Conflict, NotAllowed, NotFound, NotSignedIn
from orr.tlog import log
from tests.factories.people import PASSWORD, person

pytestmark = pytest.mark.django_db
NEW = "correct-horse-battery"


@pytest.fixture
def admin() -> User:
    return person("admin", "admin")


def raw(link: str) -> str:
    return link.rsplit("/", 1)[1]


def recovered(user: User, admin: User) -> User:
    links.use(raw(links.make(user, actor=admin)), password=NEW)
    user.refresh_from_db()
    return user


def test_who_comes_in_again_cannot_sign_for_24_hours(admin: User) -> None:
    sre = person("sre", "sre")
    now = clock.now()
    assert roles.roles_of(sre, now) == {"sre"}
    recovered(sre, admin)
    assert sre.signs_from is not None
    assert timedelta(hours=24) <= sre.signs_from - now < timedelta(hours=24, minutes=1)
    assert roles.roles_of(sre, clock.now()) == frozenset()
    assert sre not in roles.people_with("sre", clock.now())
    assert roles.roles_of(sre, sre.signs_from) == {"sre"}


def test_who_comes_in_again_starts_with_nothing_of_before(admin: User) -> None:
    sre = person("sre", "sre")
    token = tokens.issue(user=sre, scopes=["orr:read"], days=1)
    browser = Client()
    browser.force_login(sre)
    assert browser.get("/approvals").status_code == 200
    Authenticator.objects.create(user=sre, type="webauthn", data={"name": "old", "credential": {}})
    SocialAccount.objects.create(user=sre, provider="p", uid="s")
    recovered(sre, admin)
    assert browser.get("/approvals").status_code == 302
    assert not Session.objects.exists()
    assert not factors.of(sre).second
    assert not SocialAccount.objects.filter(user=sre).exists()
    with pytest.raises(NotSignedIn):
        tokens.authenticate(token)
    assert not sre.check_password(PASSWORD)


def test_a_link_that_is_not_used_changes_nothing(admin: User) -> None:
    sre = person("sre", "sre")
    links.make(sre, actor=admin)
    sre.refresh_from_db()
    assert sre.signs_from is None
    assert sre.check_password(PASSWORD)


def test_the_first_link_of_a_new_person_sets_no_wait(admin: User) -> None:
    new, link = people.invite(username="new", name="New", wanted=["sre"], actor=admin)
    links.use(raw(link), password=NEW)
    new.refresh_from_db()
    assert new.signs_from is None
    assert roles.roles_of(new, clock.now()) == {"sre"}


def test_a_wait_is_never_made_shorter_by_a_second_link(admin: User) -> None:
    sre = person("sre", "sre")
    later = clock.now() + timedelta(days=3)
    User.objects.filter(pk=sre.pk).update(signs_from=later)
    assert recovered(sre, admin).signs_from == later


def test_both_steps_stand_in_the_log(admin: User) -> None:
    recovered(person("sre", "sre"), admin)
    kinds = [entry.kind for entry in log.entries_of("ACCOUNTS")]
    assert kinds == ["person.link_made", "person.recovered"]
    assert all(len(entry.artefacts["record"]) == 64 for entry in log.entries_of("ACCOUNTS"))


def test_only_an_administrator_makes_a_link_and_none_for_themselves(admin: User) -> None:
    sre = person("sre", "sre")
    with pytest.raises(NotAllowed):
        links.make(person("security", "security"), actor=sre)
    with pytest.raises(Conflict):
        links.make(admin, actor=admin)
    assert not OneTimeLink.objects.exists()


def test_a_deactivated_person_gets_no_link_and_an_older_one_opens_nothing(admin: User) -> None:
    sre = person("sre", "sre")
    link = links.make(sre, actor=admin)
    people.deactivate(user=sre, actor=admin)
    with pytest.raises(NotFound):
        links.use(raw(link), password=NEW)
    with pytest.raises(Conflict):
        links.make(sre, actor=admin)


def test_the_only_administrator_is_let_in_by_who_runs_the_machine(
    admin: User, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("recovery_link", "admin")
    links.use(raw(capsys.readouterr().out.strip()), password=NEW)
    admin.refresh_from_db()
    assert admin.signs_from is not None
    with pytest.raises(CommandError):
        call_command("recovery_link", "nobody")
