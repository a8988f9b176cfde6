"""The organisation's sign-in, with a real OpenID provider: it opens to whom it knows, and makes nobody."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from orr.accounts.models import Act, User
from tests.accounts.provider import SECRET, provider, signed_in
from tests.board import hands
from tests.factories.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.peer, pytest.mark.slow]
CALLBACK = "http://localhost:8000/signin/organisation/back"


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with provider(tmp_path_factory.mktemp("provider"), CALLBACK) as address:
        yield address


@pytest.fixture(autouse=True)
def configured(issuer: str, settings: Any) -> None:
    settings.OIDC_SERVER_URL, settings.OIDC_CLIENT_ID = issuer, "orr"
    settings.OIDC_CLIENT_SECRET, settings.OIDC_NAME = SECRET, "Example SSO"
    settings.OIDC_INTERNAL = True
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture
def sre() -> User:
    return person("sre", "sre")


def go(client: Client, subject: str, path: str = "/signin/organisation") -> Any:
    """Sign in there as the subject, and come back."""
    return client.get(signed_in(client.get(path)["Location"], subject, CALLBACK))


def connect(client: Client, subject: str) -> Any:
    page = client.post(f"{hands.ACCOUNT}/organisation/connect").content.decode()
    link = re.search(r'href="(http://127[^"]+)"', page)
    assert link, page
    return client.get(signed_in(unescape(link[1]), subject, CALLBACK))


@pytest.fixture
def connected(sre: User) -> Client:
    client = Client()
    client.force_login(sre)
    hands.confirm(client)
    answer = connect(client, "subject-1")
    assert (answer.status_code, answer["Location"]) == (302, hands.ACCOUNT)
    return client


def test_who_connected_an_account_signs_in_with_it(connected: Client, sre: User) -> None:
    client = Client()
    answer = go(client, "subject-1", "/signin/organisation?next=/approvals")
    assert (answer.status_code, answer["Location"]) == (302, "/approvals")
    assert hands.inside(client)
    kept = SocialAccount.objects.get()
    assert (kept.user, kept.uid) == (sre, "subject-1")
    told = Act.objects.filter(person=sre, kind__startswith="connection.").order_by("pk")
    assert [one.kind for one in told] == ["connection.made", "connection.used_first"]


def test_a_stranger_becomes_no_account_and_is_told_so(connected: Client) -> None:
    client, before = Client(), User.objects.count()
    answer = go(client, "sre")
    assert answer.status_code == 403
    assert "nobody here is connected" in answer.content.decode(), "a name is no subject"
    assert not hands.inside(client)
    assert (User.objects.count(), SocialAccount.objects.count()) == (before, 1)


def test_a_second_factor_set_up_here_is_asked_all_the_same(connected: Client, sre: User) -> None:
    hands.set_up_codes(connected)
    client = Client()
    assert go(client, "subject-1")["Location"] == "/signin/second"
    assert not hands.inside(client)
    assert client.post("/signin/second", {"code": hands.code_of(sre)}).status_code == 302
    assert hands.inside(client)


def test_an_inactive_person_does_not_pass(connected: Client, sre: User) -> None:
    User.objects.filter(pk=sre.pk).update(is_active=False)
    client = Client()
    answer = go(client, "subject-1")
    assert answer.status_code == 403
    assert "deactivated" in answer.content.decode()
    assert not hands.inside(client)


def test_one_subject_is_one_person(connected: Client) -> None:
    other = Client()
    other.force_login(person("security", "security"))
    hands.confirm(other)
    assert connect(other, "subject-1").status_code == 409
    assert connect(connected, "subject-2").status_code == 409
    assert SocialAccount.objects.count() == 1


def test_an_answer_is_good_in_its_own_browser_and_once(connected: Client) -> None:
    mine, other = Client(), Client()
    back = signed_in(mine.get("/signin/organisation")["Location"], "subject-1", CALLBACK)
    assert other.get(back).status_code == 403
    assert not hands.inside(other)
    assert mine.get(back).status_code == 302
    assert Client().get(back).status_code == 403


def test_connecting_needs_the_person_who_set_out(sre: User) -> None:
    client = Client()
    client.force_login(sre)
    hands.confirm(client)
    page = client.post(f"{hands.ACCOUNT}/organisation/connect").content.decode()
    link = re.search(r'href="(http://127[^"]+)"', page)
    assert link
    back = signed_in(unescape(link[1]), "subject-1", CALLBACK)
    session = client.session
    del session["_auth_user_id"]
    session.save()
    assert client.get(back).status_code == 403
    assert not SocialAccount.objects.exists()


def test_a_subject_of_another_issuer_is_another_subject(connected: Client) -> None:
    SocialAccount.objects.update(provider="oidc-of-another-issuer")
    assert go(Client(), "subject-1").status_code == 403


def test_what_was_disconnected_signs_in_no_more(connected: Client) -> None:
    assert connected.post(f"{hands.ACCOUNT}/organisation/disconnect").status_code == 302
    assert go(Client(), "subject-1").status_code == 403


def test_the_way_out_asks_for_a_proof_of_possession_and_for_an_id_alone() -> None:
    asked = parse_qs(urlsplit(Client().get("/signin/organisation")["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["scope"] == ["openid"]
    assert asked["redirect_uri"] == [CALLBACK]
    assert asked["nonce"] and asked["state"]
    assert "Sign in with Example SSO" in Client().get("/signin").content.decode()


def test_a_provider_inside_the_network_is_called_only_where_the_settings_say_so(settings: Any) -> None:
    settings.OIDC_INTERNAL = False
    answer = Client().get("/signin/organisation")
    assert answer.status_code == 503
    assert "inside the network" in answer.content.decode()


@pytest.mark.parametrize(
    "query", ["", "?state=x", "?code=x", "?error=access_denied", "?code=x&state=%00", "?state[]=1"]
)
def test_a_made_up_answer_is_refused_in_words(query: str) -> None:
    answer = Client().get(f"/signin/organisation/back{query}")
    assert answer.status_code == 403
    assert "Start again" in answer.content.decode()


def test_a_made_up_code_is_refused_in_words() -> None:
    client = Client()
    state = parse_qs(urlsplit(client.get("/signin/organisation")["Location"]).query)["state"][0]
    answer = client.get(f"/signin/organisation/back?code=made-up&state={state}")
    assert answer.status_code == 503
    assert "did not answer as a sign-in should" in answer.content.decode()
