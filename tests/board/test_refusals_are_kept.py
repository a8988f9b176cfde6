"""Every refusal to a known person is kept with its reason, once a minute, and nobody reads another's."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from orr.accounts import denials, refused, tokens
from orr.accounts.models import Denial, User
from tests.factories.people import PASSWORD, person, team
from tests.factories.reviews import review

pytestmark = pytest.mark.django_db
Browser = Callable[..., Client]


def kept() -> list[tuple[str, str, str, int]]:
    """Person, route, subject and status of what was kept."""
    rows = Denial.objects.select_related("person").order_by("id")
    return [(r.person.username if r.person else "", r.route, r.subject, r.status) for r in rows]


def outsider() -> Client:
    """A browser of somebody of another team."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(person("stranger", "sre", team=team("elsewhere")))
    return client


def test_what_a_role_does_not_allow_is_kept(browser: Browser) -> None:
    code = review().code
    answer = browser("auditor").post(f"/orr/{code}/collect")
    assert answer.status_code == 403
    assert kept() == [("auditor", "board:collect", code, 403)]
    row = Denial.objects.get()
    assert "needs the role" in str(row.reason)
    assert row.request_id == answer["X-Request-ID"] and row.request_id in answer.content.decode()


def test_what_the_state_does_not_allow_is_kept(browser: Browser) -> None:
    code = review().code
    sent = {"decision": "go", "reason": "x", "expected_digest": "sha256:" + "0" * 64}
    assert browser("release_manager").post(f"/orr/{code}/decide", sent).status_code == 409
    assert kept() == [("release_manager", "board:decide", code, 409)]


def test_a_review_of_another_team_is_kept_and_one_that_is_not_there_is_not() -> None:
    code, client = review().code, outsider()
    assert client.get(f"/orr/{code}").status_code == 404
    assert client.get("/orr/ORR-999999").status_code == 404
    assert kept() == [("stranger", "board:review", code, 404)]


def test_what_one_sees_of_ones_own_refusals_tells_no_code_of_another_team(browser: Browser) -> None:
    code, client = review().code, outsider()
    client.get(f"/orr/{code}")
    assert code not in client.get("/audit/refusals").content.decode()
    assert code in browser("auditor").get("/audit/refusals").content.decode()


@pytest.mark.parametrize("broken", ["wrong", "ended", "expired"])
def test_a_token_that_is_known_by_its_beginning_is_kept(broken: str) -> None:
    kim = person("kim", "sre")
    raw = tokens.issue(user=kim, scopes=["orr:read"], days=1)
    if broken == "ended":
        tokens.revoke(user=kim, token_id=tokens.authenticate(raw)[1].pk)
    sent = raw[:10] + "x" * 33 if broken != "ended" else raw
    answer = Client().get("/v1/orr", headers={"Authorization": f"Bearer {sent}"})
    assert answer.status_code == 401
    assert kept() == [("kim", "api:reviews", "", 401)]
    assert Denial.objects.get().via == "api"


def test_a_token_of_nobody_is_logged_and_not_kept(caplog: pytest.LogCaptureFixture) -> None:
    Client().get("/v1/orr", headers={"Authorization": "Bearer orr_nobodys-token-at-all"})
    assert kept() == []
    assert [json.loads(r.getMessage())["status"] for r in caplog.records if r.name == "orr.denials"] == [401]


def test_a_refused_sign_in_is_kept_for_whose_name_it_was(people: dict[str, User]) -> None:
    assert Client().post("/signin", {"username": "sre", "password": "wrong"}).status_code == 403
    assert Client().post("/signin", {"username": "nobody", "password": "wrong"}).status_code == 403
    assert kept() == [("sre", "board:signin", "", 403)]


def test_the_same_within_a_minute_is_counted_once_and_another_reason_is_another(browser: Browser) -> None:
    one, two, client = review().code, review().code, browser("auditor")
    for _ in range(5):
        client.post(f"/orr/{one}/collect")
    client.post(f"/orr/{two}/collect")
    assert [row[2] for row in kept()] == [one, two]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE accounts_denial SET at = at - interval '61 seconds'")
        cursor.execute("SET LOCAL session_replication_role = origin")
    client.post(f"/orr/{one}/collect")
    assert [row[2] for row in kept()] == [one, two, one]


def test_nobody_fills_the_table(people: dict[str, User]) -> None:
    for number in range(denials.MOST_A_MINUTE + 10):
        noted = denials.Noted(subject=f"ORR-{number:04d}")
        denials.write(noted, person=people["sre"], via="page", method="GET", route="x", path="/", status=403)
    assert Denial.objects.count() == denials.MOST_A_MINUTE


def test_a_refusal_stays_a_refusal_where_it_cannot_be_kept(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise DatabaseError("away")

    monkeypatch.setattr(refused.denials, "write", away)
    assert browser("auditor").post(f"/orr/{review().code}/collect").status_code == 403


@pytest.mark.parametrize(
    "statement", ["UPDATE accounts_denial SET status = 1", "DELETE FROM accounts_denial"]
)
def test_a_refusal_is_never_changed_or_removed(statement: str, browser: Browser) -> None:
    browser("auditor").post(f"/orr/{review().code}/collect")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_nothing_that_was_typed_is_kept_and_no_line_is_forged(
    browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    client = browser("security")
    secret = "hunter2-never-kept"
    client.post(f"/orr/{review().code}/approve", {"password": secret, "comment": "a\r\nforged"})
    client.post("/people/%0d%0aforged", {"act": "grant"})
    lines = [r.getMessage() for r in caplog.records if r.name == "orr.denials"]
    assert lines and all("\n" not in line and "\r" not in line and secret not in line for line in lines)
    assert secret not in "".join(json.dumps(r.reason.as_json()) for r in Denial.objects.all())


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        ("trace-0123456789", True),
        ("short", False),
        ("a\tb-0123456789", False),
        ("x" * 65, False),
        ("", False),
    ],
)
def test_a_sane_number_of_the_caller_is_taken_over(sent: str, taken: bool, db: None) -> None:
    number = Client().get("/healthz", headers={"X-Request-ID": sent})["X-Request-ID"]
    assert (number == sent) is taken
    assert taken or number.startswith("req-")


def test_the_page_filters_and_pages(browser: Browser, people: dict[str, User]) -> None:
    for number in range(55):
        noted = denials.Noted(subject=f"ORR-{number:04d}")
        who = people["sre" if number % 2 else "data"]
        denials.write(noted, person=who, via="page", method="GET", route="x", path="/", status=403)
    client = browser("auditor")
    text = client.get("/audit/refusals").content.decode()
    assert "ORR-0054" in text and "ORR-0004" not in text
    older = text.split('href="?after=')[1].split('"')[0].replace("&amp;", "&")
    text = client.get(f"/audit/refusals?after={older}").content.decode()
    assert "ORR-0004" in text and "ORR-0005" not in text
    assert "ORR-0003" not in client.get("/audit/refusals?person=data").content.decode()
    assert "ORR-0007" in client.get("/audit/refusals?review=orr-0007&status=403").content.decode()
    assert ">ORR-0007<" not in client.get("/audit/refusals?review=ORR-0007&status=409").content.decode()


@pytest.mark.parametrize(
    ("role", "all_of_it"), [("release_manager", True), ("admin", True), ("security", False)]
)
def test_who_looks_after_everything_sees_the_refusals_to_others(
    role: str, all_of_it: bool, browser: Browser
) -> None:
    code = review().code
    browser("auditor").post(f"/orr/{code}/collect")
    assert (code in browser(role).get("/audit/refusals").content.decode()) is all_of_it


@pytest.mark.parametrize(
    "query", ["?after=x", "?status=abc", "?person=%00", "?review=" + "9" * 400, "?after=9_9"]
)
def test_nonsense_in_the_address_is_not_a_failure(query: str, browser: Browser) -> None:
    assert browser("auditor").get(f"/audit/refusals{query}").status_code == 200


def test_the_right_password_is_not_kept_as_a_refusal(people: dict[str, User]) -> None:
    assert Client().post("/signin", {"username": "sre", "password": PASSWORD}).status_code == 302
    assert kept() == []
