"""Every refusal to a known person is kept with its reason, once a minute, and nobody reads another's."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from orr.accounts import denials, refused, tokens
from orr.accounts.models import ApiToken, Denial, User
from orr.lib import clock
from tests.board import hands
from tests.factories.passkeys import SoftKey
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


def call(raw: str, path: str = "/v1/orr", **where: str) -> int:
    return Client().get(path, headers={"Authorization": f"Bearer {raw}"}, **where).status_code


@pytest.mark.parametrize("broken", ["ended", "expired"])
def test_a_token_that_holds_no_longer_is_kept_for_its_owner(broken: str) -> None:
    kim = person("kim", "sre")
    raw = tokens.issue(user=kim, scopes=["orr:read"], days=1)
    if broken == "ended":
        tokens.revoke(user=kim, token_id=tokens.authenticate(raw)[1].pk)
    else:
        past = clock.now() - timedelta(days=3)
        ApiToken.objects.update(made_at=past, expires_at=past + timedelta(days=1))
    assert call(raw) == 401
    assert kept() == [("kim", "api:reviews", "", 401)]
    assert Denial.objects.get().via == "api"


@pytest.mark.parametrize("beginning", ["that of a person", "of nobody"])
def test_a_forged_token_is_kept_and_nobodys(beginning: str) -> None:
    raw = tokens.issue(user=person("kim", "sre"), scopes=["orr:read"], days=1)
    assert call((raw[:10] if beginning != "of nobody" else "orr_nobody") + "x" * 33) == 401
    assert kept() == [("", "api:reviews", "", 401)]
    assert "127.0.0.1" not in Denial.objects.get().counted_under


def flood(client: Client, raw: str, **where: str) -> None:
    """As many kinds of refusal as one address can make up in the name of who has that token and password."""
    for number in range(denials.MOST_A_MINUTE + 10):
        call(f"{raw[:10]}{number:033d}", f"/v1/nothing/{number}", **where)
    for path in ("/v1/orr", "/v1/orr/checklist", "/v1/orr/wait", "/v1/orr/report"):
        call(raw[:10] + "x" * 33, path, **where)
    for _ in range(7):
        client.post("/signin", {"username": "sre", "password": "wrong"}, **where)


def test_nobody_else_uses_up_what_is_kept_of_a_person(
    browser: Browser, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(denials, "MOST_A_MINUTE", 4)
    raw = tokens.issue(user=people["auditor"], scopes=["orr:read"], days=1)
    flood(Client(), raw, REMOTE_ADDR="203.0.113.9")
    assert Denial.objects.filter(person=people["auditor"]).count() == 0
    code = review().code
    browser("auditor").post(f"/orr/{code}/collect")
    assert ("auditor", "board:collect", code, 403) in kept()
    assert Client().get("/v1/orr", headers={"Authorization": f"Bearer {raw}"}).status_code == 200


def test_who_says_who_they_are_is_counted_under_their_address(people: dict[str, User]) -> None:
    for name, address in (("sre", "203.0.113.9"), ("sre", "203.0.113.9"), ("sre", "203.0.113.10"),
                          ("data", "203.0.113.9")):  # fmt: skip
        Client().post("/signin", {"username": name, "password": "wrong"}, REMOTE_ADDR=address)
    assert [row[0] for row in kept()] == ["sre", "sre", "data"]
    under = list(Denial.objects.order_by("id").values_list("counted_under", flat=True))
    assert under[0] == under[2] != under[1]


def test_a_network_of_ipv6_is_one_address() -> None:
    one, same, other = (denials.unproven(f"2001:db8:0:{net}::{host}").counted_under
                        for net, host in ((1, 1), (1, 2), (2, 1)))  # fmt: skip
    assert one == same != other


def test_a_call_without_a_token_of_ours_is_logged_and_not_kept(caplog: pytest.LogCaptureFixture) -> None:
    call("somebody-elses-token")
    assert kept() == []
    assert [json.loads(r.getMessage())["status"] for r in caplog.records if r.name == "orr.denials"] == [401]


def test_a_refused_sign_in_is_kept_for_whose_name_it_was(people: dict[str, User]) -> None:
    assert Client().post("/signin", {"username": "sre", "password": "wrong"}).status_code == 403
    assert Client().post("/signin", {"username": "nobody", "password": "wrong"}).status_code == 403
    assert kept() == [("sre", "board:signin", "", 403)]


def test_wrong_proofs_at_the_second_step_are_kept_for_who_was_coming_in(people: dict[str, User]) -> None:
    inside, client = Client(), Client()
    inside.force_login(people["sre"])
    hands.confirm(inside)
    hands.set_up_codes(inside)
    hands.enter(client)
    for sent in ({"code": "000000"}, {"credential": "{}"}):
        assert client.post("/signin/second", sent).status_code == 403
    assert kept() == [("sre", "board:second", "", 403)] * 2
    assert reasons() == [
        "That code is wrong, or was used already.",
        "The passkey was not accepted. Try again, or use another way.",
    ]
    for _ in range(5):
        client.post("/signin/second", {"code": "000000"})
    assert kept()[-1] == ("sre", "board:second", "", 429)
    assert "Too many wrong tries" in reasons()[-1]


def test_a_copied_passkey_is_kept_for_whose_it_is(people: dict[str, User]) -> None:
    key, inside = SoftKey(), Client()
    inside.force_login(people["sre"])
    hands.confirm(inside)
    hands.add_passkey(inside, key)
    assert hands.by_passkey(Client(), key).status_code == 302
    key.count -= 1
    assert hands.by_passkey(Client(), key).status_code == 403
    assert kept() == [("sre", "board:signin_passkey", "", 403)]
    assert "counts backwards" in reasons()[0]


def reasons() -> list[str]:
    return [str(row.reason) for row in Denial.objects.order_by("id")]


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
        denials.write(
            noted,
            whom=denials.proven(people["sre"]),
            via="page",
            method="GET",
            route="x",
            path="/",
            status=403,
        )
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
        who = denials.proven(people["sre" if number % 2 else "data"])
        denials.write(noted, whom=who, via="page", method="GET", route="x", path="/", status=403)
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


def test_addresses_of_the_older_protocol_are_apart_in_the_clothes_of_the_newer() -> None:
    under = [denials.unproven(one).counted_under for one in ("::ffff:203.0.113.9", "::ffff:203.0.113.10")]
    assert under[0] != under[1]
    assert under[0] == denials.unproven("203.0.113.9").counted_under
