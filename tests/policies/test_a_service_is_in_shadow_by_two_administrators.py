"""A service is enforced unless two administrators let it be in shadow; one is enough to enforce it again."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from orr.accounts.models import Act, User
from orr.lib.errors import Conflict, Invalid, NotAllowed
from orr.policies import enforcement
from orr.policies.models import PolicyVersion
from orr.policies.service_modes import ServiceMode
from tests.factories.people import person
from tests.factories.reviews import review

pytestmark = pytest.mark.django_db


@pytest.fixture
def admins(db: None) -> dict[str, User]:
    return {"one": person("one", "admin"), "two": person("two", "admin"), "sre": person("sre", "sre")}


@pytest.fixture
def in_use(admins: dict[str, User]) -> dict[str, User]:
    """The installation had its first review, so that set-up is over."""
    review(service_ids=["other"])
    return admins


def ask(who: User, service: str = "search", reason: str = "We are beginning.") -> ServiceMode:
    return enforcement.ask_for_shadow(service_id=service, reason=reason, actor=who)


def test_what_nothing_is_said_of_is_enforced_and_so_is_nothing(admins: dict[str, User]) -> None:
    assert not enforcement.in_shadow(["search"]) and not enforcement.in_shadow([])


def test_asking_alone_changes_nothing(in_use: dict[str, User]) -> None:
    assert ask(in_use["one"]).counts_from is None
    assert not enforcement.in_shadow(["search"])


def test_a_second_administrator_lets_it_count(in_use: dict[str, User]) -> None:
    ask(in_use["one"])
    with pytest.raises(NotAllowed):
        enforcement.consent(service_id="search", actor=in_use["one"])
    with pytest.raises(NotAllowed):
        enforcement.consent(service_id="search", actor=in_use["sre"])
    enforcement.consent(service_id="search", actor=in_use["two"])
    assert enforcement.in_shadow(["search"])
    kinds = list(Act.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds[-2:] == ["service.shadow_asked", "service.shadow_counts"]


def test_an_administrator_of_an_hour_does_not_consent(in_use: dict[str, User]) -> None:
    ask(in_use["one"])
    with pytest.raises(NotAllowed):
        enforcement.consent(service_id="search", actor=person("young", "admin", counts=False))


def test_one_enforced_service_makes_all_of_them_enforced(in_use: dict[str, User]) -> None:
    ask(in_use["one"])
    enforcement.consent(service_id="search", actor=in_use["two"])
    assert not enforcement.in_shadow(["search", "notify"])
    assert enforcement.in_shadow(["search", "search"])


def test_one_administrator_enforces_at_once_and_what_waits_ends(in_use: dict[str, User]) -> None:
    ask(in_use["one"])
    enforcement.consent(service_id="search", actor=in_use["two"])
    enforcement.enforce(service_id="search", reason="Ready.", actor=in_use["one"])
    assert not enforcement.in_shadow(["search"])
    ask(in_use["one"])
    enforcement.enforce(service_id="search", reason="No.", actor=in_use["one"])
    with pytest.raises(Conflict):
        enforcement.consent(service_id="search", actor=in_use["two"])
    with pytest.raises(Conflict):
        enforcement.enforce(service_id="search", reason="Again.", actor=in_use["one"])


def test_before_the_first_review_it_counts_at_once_as_set_up(admins: dict[str, User]) -> None:
    assert ask(admins["one"]).at_setup and enforcement.in_shadow(["search"])
    assert Act.objects.latest("pk").kind == "service.shadow_at_setup"


@pytest.mark.parametrize("who", ["sre"])
def test_only_administrators_ask_and_enforce(in_use: dict[str, User], who: str) -> None:
    with pytest.raises(NotAllowed):
        ask(in_use[who])
    with pytest.raises(NotAllowed):
        enforcement.enforce(service_id="search", reason="x", actor=in_use[who])


@pytest.mark.parametrize(
    ("service", "reason"), [("", "x"), ("x" * 201, "x"), ("a\x00", "x"), ("a", ""), ("a", "x" * 2001)]
)
def test_bad_words_are_refused_by_name(in_use: dict[str, User], service: str, reason: str) -> None:
    with pytest.raises(Invalid):
        ask(in_use["one"], service, reason)


def test_twice_is_refused(in_use: dict[str, User]) -> None:
    ask(in_use["one"])
    with pytest.raises(Conflict):
        ask(in_use["two"])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE policies_servicemode SET counts_from = now(), consented_by_id = asked_by_id",
        "UPDATE policies_servicemode SET counts_from = now()",
        "UPDATE policies_servicemode SET service_id = 'notify'",
        "UPDATE policies_servicemode SET at_setup = true, counts_from = now()",
        "DELETE FROM policies_servicemode",
        "INSERT INTO policies_servicemode (service_id, mode, reason, asked_by_id, at_setup, counts_from)"
        " SELECT 'x', 'shadow', 'x', asked_by_id, true, now() FROM policies_servicemode",
    ],
)
def test_who_writes_past_the_actions_meets_the_same_laws(in_use: dict[str, User], statement: str) -> None:
    ask(in_use["one"])
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_table_is_never_emptied(db: None) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE policies_servicemode")


def test_beginning_in_shadow_brings_no_profile_into_force(admins: dict[str, User]) -> None:
    ask(admins["one"])
    assert not PolicyVersion.objects.exists()


def browse(who: User, data: dict[str, str] | None = None, language: str = "en") -> Any:
    client = Client(headers={"accept-language": language})
    client.force_login(who)
    return client.post("/settings/services", data) if data else client.get("/settings/services")


def test_the_page_lets_each_do_what_is_theirs(in_use: dict[str, User]) -> None:
    one, two, sre = in_use["one"], in_use["two"], in_use["sre"]
    sent = {"act": "ask", "service_id": "search", "reason": "We are beginning."}
    assert browse(sre, sent).status_code == 403 and browse(one, sent).status_code == 302
    assert 'value="consent"' not in browse(one).content.decode()
    assert 'value="consent"' in browse(two).content.decode()
    assert browse(two, {"act": "consent", "service_id": "search"}).status_code == 302
    text = browse(sre).content.decode()
    assert "in shadow" in text and 'value="enforce"' not in text and "We are beginning." in text
    assert "섀도" in browse(sre, language="ko").content.decode()
    assert browse(one, {"act": "enforce", "service_id": "search"}).status_code == 422
    assert browse(one, {"act": "rogue"}).status_code == 400
    assert browse(two, {"act": "consent", "service_id": "a\x00"}).status_code == 422
