"""One-time codes and recovery codes: asked after the password, good once each, and not to be guessed."""

import json
import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from orr.accounts.models import Act, Lockout, User
from orr.board import acts_shown
from tests.board import hands


@pytest.fixture
def sre(people: dict[str, User]) -> User:
    return people["sre"]


@pytest.fixture
def account(sre: User) -> Client:
    """The person's browser, with one-time codes set up and freshly confirmed."""
    client = Client()
    client.force_login(sre)
    assert hands.confirm(client).status_code == 302
    assert hands.set_up_codes(client).status_code == 302
    return client


def recovery_codes(account: Client) -> list[str]:
    answer = account.post(f"{hands.ACCOUNT}/recovery")
    assert "no-store" in answer["Cache-Control"]
    return re.findall(r"<li>(\d{8})</li>", answer.content.decode())


def test_a_code_lets_in_once(account: Client, sre: User) -> None:
    code, first, second = hands.code_of(sre), Client(), Client()
    for client, expected in ((first, 302), (second, 403)):
        assert hands.enter(client)["Location"] == "/signin/second"
        assert client.post("/signin/second", {"code": code}).status_code == expected
        assert hands.inside(client) is (expected == 302)


def test_what_one_proves_oneself_with_comes_and_goes_in_the_record(account: Client, sre: User) -> None:
    recovery_codes(account)
    assert account.post(f"{hands.ACCOUNT}/codes/end").status_code == 302
    told = [json.loads(bytes(act.record)) for act in Act.objects.filter(person=sre).order_by("pk")]
    told = [one for one in told if one["kind"].startswith("factor.")]
    assert [(one["kind"], one["facts"]["factor"]) for one in told] == [
        ("factor.added", "totp"), ("factor.added", "recovery_codes"), ("factor.removed", "totp"),
    ]  # fmt: skip
    assert {one["actor"]["username"] for one in told} == {"sre"}
    shown = [row for row in acts_shown.of_person(sre) if row["kind"].startswith("factor.")]
    assert [row["about"] for row in shown] == ["One-time codes", "Recovery codes", "One-time codes"]


def test_a_code_of_an_earlier_step_is_over_once_a_later_one_was_used(account: Client, sre: User) -> None:
    client = Client()
    hands.enter(client)
    earlier, now = hands.code_of(sre, -1), hands.code_of(sre)
    assert client.post("/signin/second", {"code": now}).status_code == 302
    client.post("/signout")
    hands.enter(client)
    assert client.post("/signin/second", {"code": earlier}).status_code == 403


def test_five_wrong_codes_lock_and_the_right_one_does_not_open(account: Client, sre: User) -> None:
    client = Client()
    hands.enter(client)
    statuses = [client.post("/signin/second", {"code": "000000"}).status_code for _ in range(6)]
    assert statuses == [403] * 5 + [429]
    assert client.post("/signin/second", {"code": hands.code_of(sre)}).status_code == 429
    other = Client()
    hands.enter(other)
    assert other.post("/signin/second", {"code": hands.code_of(sre)}).status_code == 429, "in any browser"
    Lockout.objects.all().delete()
    assert other.post("/signin/second", {"code": hands.code_of(sre)}).status_code == 302


def test_a_recovery_code_works_once_and_wrong_ones_count(account: Client, sre: User) -> None:
    codes = recovery_codes(account)
    assert len(set(codes)) == 10
    first, second = Client(), Client()
    for client, expected in ((first, 302), (second, 403)):
        hands.enter(client)
        assert client.post("/signin/second", {"code": codes[3]}).status_code == expected
    assert Lockout.objects.get().failures == 1
    assert "9 left" in account.get(hands.ACCOUNT).content.decode()


def test_new_recovery_codes_end_the_former_ones(account: Client) -> None:
    former, new = recovery_codes(account), recovery_codes(account)
    client = Client()
    hands.enter(client)
    assert client.post("/signin/second", {"code": former[0]}).status_code == 403
    assert client.post("/signin/second", {"code": new[0]}).status_code == 302


def test_recovery_codes_are_a_file_only_while_they_are_on_the_page(account: Client) -> None:
    codes = recovery_codes(account)
    answer = account.post(f"{hands.ACCOUNT}/recovery", {"codes": codes})
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer.content.decode().split() == codes
    recovery_codes(account)
    assert account.post(f"{hands.ACCOUNT}/recovery", {"codes": codes}).status_code == 409


def test_there_are_no_recovery_codes_for_nothing(people: dict[str, User]) -> None:
    client = Client()
    client.force_login(people["product"])
    hands.confirm(client)
    assert client.post(f"{hands.ACCOUNT}/recovery").status_code == 409


def test_turning_codes_off_takes_the_recovery_codes_along(account: Client, sre: User) -> None:
    recovery_codes(account)
    assert account.post(f"{hands.ACCOUNT}/codes/end").status_code == 302
    assert not Authenticator.objects.filter(user=sre).exists()
    assert hands.enter(Client())["Location"] == "/"
    assert account.post(f"{hands.ACCOUNT}/codes/end").status_code == 409


def test_a_wrong_first_code_sets_nothing_up(sre: User) -> None:
    client = Client()
    client.force_login(sre)
    hands.confirm(client)
    client.get(f"{hands.ACCOUNT}/codes")
    for code in ("", "12", "abcdef", "\x00", "٣٣٣٣٣٣", "x" * 5000):
        assert client.post(f"{hands.ACCOUNT}/codes", {"code": code}).status_code == 422
    assert not Authenticator.objects.exists()


def test_the_secret_is_drawn_inline_and_kept_encrypted(account: Client, people: dict[str, User]) -> None:
    client = Client()
    client.force_login(people["product"])
    hands.confirm(client)
    page = client.get(f"{hands.ACCOUNT}/codes").content.decode()
    secret = client.session["mfa.totp.secret"]
    assert "<svg" in page and "data:image" not in page and secret in page
    hands.set_up_codes(client)
    assert all(secret not in str(row.data) for row in Authenticator.objects.all())
    assert "mfa.totp.secret" not in client.session


def test_a_second_set_up_is_refused(account: Client) -> None:
    assert hands.set_up_codes(account).status_code == 409
