"""An account of the organisation that is connected, first used and disconnected stands in the record."""

import json
from typing import Any

import pytest
from allauth.account.internal.flows.login import record_authentication
from allauth.socialaccount.models import SocialAccount
from django.http import HttpRequest
from django.test import Client

from orr.accounts import acts, connections, links, organisation
from orr.accounts.models import Act, User
from orr.accounts.system import system
from orr.board import acts_shown
from orr.lib.errors import Conflict
from orr.tlog import log
from tests.factories.people import person

pytestmark = pytest.mark.django_db
SUBJECT = "subject-1@example.org"


@pytest.fixture(autouse=True)
def configured(settings: Any) -> None:
    settings.OIDC_SERVER_URL, settings.OIDC_NAME = "https://sso.example.org", "Example SSO"


@pytest.fixture
def kim() -> User:
    return person("kim", "sre")


def told(who: User) -> list[str]:
    """The kinds of the acts on the person's connections, each of which stands in the log too."""
    found = Act.objects.filter(person=who, kind__startswith="connection.").order_by("pk")
    logged = {one.artefacts["record"] for one in log.entries_of(acts.STREAM)}
    assert {one.sha256 for one in found} <= logged
    return [one.kind for one in found]


def enter(who: User, *methods: str) -> None:
    """A whole sign-in that was proven by these methods."""
    client, request = Client(), HttpRequest()
    request.session = client.session
    for method in methods:
        record_authentication(request, who, method=method)
    request.session.save()
    client.force_login(who)


def test_it_comes_and_goes_in_the_record(kim: User) -> None:
    organisation.connect(kim, SUBJECT)
    organisation.connect(kim, SUBJECT)
    assert told(kim) == ["connection.made"]
    assert organisation.disconnect(kim)
    assert not organisation.disconnect(kim)
    assert told(kim) == ["connection.made", "connection.ended"]
    assert {one.actor for one in Act.objects.filter(kind__startswith="connection.")} == {kim}


def test_the_first_sign_in_by_it_is_told_and_no_other(kim: User) -> None:
    organisation.connect(kim, SUBJECT)
    enter(kim, "password")
    assert told(kim) == ["connection.made"]
    for methods in (("socialaccount",), ("socialaccount", "mfa")):
        enter(kim, *methods)
    assert told(kim) == ["connection.made", "connection.used_first"]
    organisation.disconnect(kim)
    organisation.connect(kim, SUBJECT)
    enter(kim, "socialaccount")
    assert told(kim)[-1] == "connection.used_first", "a new connection has a first sign-in of its own"


def test_a_connection_that_was_refused_is_no_act(kim: User) -> None:
    organisation.connect(kim, SUBJECT)
    lee = person("lee")
    with pytest.raises(Conflict):
        organisation.connect(lee, SUBJECT)
    assert told(lee) == []


def test_recovery_ends_it_on_record(kim: User) -> None:
    organisation.connect(kim, SUBJECT)
    raw = links.issue(kim, by=system()).rsplit("/", 1)[1]
    links.use(raw, password="another-long-password")
    assert not SocialAccount.objects.exists()
    assert told(kim) == ["connection.made", "connection.ended"]


def test_the_record_names_the_provider_and_the_subject_only_by_its_hash(kim: User) -> None:
    organisation.connect(kim, SUBJECT)
    record = bytes(Act.objects.get(kind="connection.made").record).decode()
    assert SUBJECT not in record
    assert json.loads(record)["facts"]["provider"] == connections.provider_id()


@pytest.mark.parametrize(
    ("language", "title"),
    [("en", "Account of the organisation connected"), ("ko", "조직 계정 연결됨")],
)
def test_the_page_of_acts_says_it_in_words(kim: User, language: str, title: str) -> None:
    organisation.connect(kim, SUBJECT)
    client = Client(headers={"accept-language": language})
    client.force_login(kim)
    text = client.get("/audit/acts").content.decode()
    assert title in text and "Example SSO" in text
    assert acts_shown.of_person(kim)[0]["about"] == "Example SSO"
