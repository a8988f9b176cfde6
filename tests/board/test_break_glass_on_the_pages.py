"""Break-glass on the pages: offered only where it is allowed, marked wherever it counts, owed for good."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from orr.accounts.membership import sight
from orr.accounts.models import User
from orr.board import debts_shown
from orr.decisions import actions, debts, executor
from orr.decisions.models import Debt, Decision, Proposal, SecondLook
from orr.guards import contracts
from orr.lib import clock
from orr.lib.met import Met
from orr.reviews.models import Review
from tests.board.test_every_page_opens import assert_sound
from tests.factories import deputies
from tests.factories.break_glass import broken, profile_file, signed, waiting
from tests.factories.decisions import GUARD, propose, red, sign
from tests.factories.people import person

pytestmark = pytest.mark.django_db
People = dict[str, User]
Browser = Callable[..., Client]


@pytest.fixture(autouse=True)
def profiles(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PLURA_PROFILES = str(tmp_path)
    monkeypatch.setattr(contracts, "answers", lambda _guard: Met())


@pytest.fixture
def emergency(people: People, tmp_path: Path) -> Callable[..., Review]:
    def make(*codes: str, **how: Any) -> Review:
        return waiting(profile_file(tmp_path, **how), people["release_manager"], *codes)

    return make


@pytest.fixture
def used(emergency: Callable[..., Review], people: People) -> Review:
    """A review decided by break-glass past G1.1."""
    review = emergency("G1.1")
    proposal = broken(review, people["release_manager"], "G1.1")
    signed(proposal, people["sre"], people["security"])
    assert isinstance(executor.take_effect(review.code), Decision)
    return review


def form(review: Review, **changed: Any) -> dict[str, Any]:
    return {
        "decision": "go_with_guards",
        "reason": "The site is down.",
        "named": ["G1.1"],
        "expected_digest": review.change_set.digest,
        "guard_kind": GUARD["kind"],
        "guard_target": GUARD["target"],
        "guard_value": GUARD["value"],
        "guard_owner": "Sre",
        "guard_until": (clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M"),
        **changed,
    }


def test_it_is_offered_only_where_the_profile_allows_it(
    browser: Browser, emergency: Callable[..., Review]
) -> None:
    client = browser("release_manager")
    allowed, shut = emergency("G1.1"), emergency("G1.1", allowed=False)
    assert "Propose by break-glass" in assert_sound(client, f"/orr/{allowed.code}/decide")
    assert "break-glass" not in assert_sound(client, f"/orr/{shut.code}/decide").lower()
    assert "does not allow break-glass" in assert_sound(client, f"/orr/{shut.code}/break-glass")
    assert client.post(f"/orr/{shut.code}/break-glass", form(shut)).status_code == 409


def test_each_open_item_is_listed_with_its_reason_and_nothing_is_chosen_for_anybody(
    browser: Browser, emergency: Callable[..., Review]
) -> None:
    review = emergency("G1.1", "G1.2")
    text = assert_sound(browser("release_manager"), f"/orr/{review.code}/break-glass")
    for code in ("G1.1", "G1.2"):
        assert f'name="named" value="{code}">' in text
    assert 'value="G1.3"' not in text
    assert "btn-exit" not in text and "btn-danger" not in text


def test_where_something_is_red_it_is_not_offered(browser: Browser, emergency: Callable[..., Review]) -> None:
    review = emergency("G1.1")
    red(review, "G1.2")
    text = assert_sound(browser("release_manager"), f"/orr/{review.code}/break-glass")
    assert "Only No-Go is possible: G1.2 red." in text
    assert 'name="named"' not in text


def test_who_may_not_propose_is_told_so(browser: Browser, emergency: Callable[..., Review]) -> None:
    review = emergency("G1.1")
    assert "Only the requester" in assert_sound(browser("sre"), f"/orr/{review.code}/break-glass")
    assert browser("sre").post(f"/orr/{review.code}/break-glass", form(review)).status_code == 403


def test_a_person_proposes_it_in_their_session(browser: Browser, emergency: Callable[..., Review]) -> None:
    review = emergency("G1.1")
    answer = browser("release_manager").post(f"/orr/{review.code}/break-glass", form(review))
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    assert Proposal.objects.get().break_glass == ["G1.1"]


def test_a_refusal_keeps_what_was_typed_and_named(browser: Browser, emergency: Callable[..., Review]) -> None:
    review = emergency("G1.1", "G1.2")
    answer = browser("release_manager").post(f"/orr/{review.code}/break-glass", form(review))
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Not decidable yet: G1.2" in text
    assert 'value="G1.1" checked' in text
    assert "The site is down." in text


def test_the_signer_reads_it_in_the_oath(
    browser: Browser, emergency: Callable[..., Review], people: People
) -> None:
    review = emergency("G1.1")
    broken(review, people["release_manager"], "G1.1")
    text = assert_sound(browser("security"), f"/orr/{review.code}/approve")
    assert "This is break-glass: it takes effect without the timelock." in text
    assert "and pass it by name." in text


@pytest.mark.parametrize("path", ["", "/approve"])
def test_an_open_proposal_is_marked(
    browser: Browser, emergency: Callable[..., Review], people: People, path: str
) -> None:
    review = emergency("G1.1")
    broken(review, people["release_manager"], "G1.1")
    text = assert_sound(browser("sre"), f"/orr/{review.code}{path}")
    assert "Passed by name without passing: G1.1." in text
    assert "Break-glass · 0 of 2 signed" in text


@pytest.mark.parametrize("path", ["", "/decision", "/proposals/1", "/second-look"])
def test_a_decision_is_marked_for_good(browser: Browser, used: Review, path: str) -> None:
    assert "Passed by name without passing: G1.1." in assert_sound(browser("sre"), f"/orr/{used.code}{path}")


def test_an_ordinary_decision_bears_no_such_mark(
    browser: Browser, emergency: Callable[..., Review], people: People
) -> None:
    review = emergency(timelock=0)
    signed(propose(review, people["release_manager"]), people["sre"], people["security"])
    executor.take_effect(review.code)
    for path in ("", "/decision", "/proposals/1"):
        assert "Passed by name" not in assert_sound(browser("sre"), f"/orr/{review.code}{path}")
    assert browser("sre").get(f"/orr/{review.code}/second-look").status_code == 404


def test_the_register_names_every_use_and_what_it_owes(browser: Browser, used: Review) -> None:
    text = assert_sound(browser("auditor"), "/audit/break-glass")
    for expected in (used.code, "G1.1", "The site is down.", "Sre, Security", "Second look due"):
        assert expected in text
    assert "Overdue</span>" not in text


def test_an_overdue_second_look_is_loud(
    browser: Browser, used: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, due = browser("auditor"), Debt.objects.get().due_at
    monkeypatch.setattr(clock, "now", lambda: due)
    text = assert_sound(client, "/audit/break-glass")
    assert "Overdue</span>" in text
    assert '<tr data-s="fail">' in text


def test_the_count_is_over_ninety_days(
    browser: Browser, used: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, everywhere = Debt.objects.get().opened_at, sight(person("looker", "auditor"))
    assert debts_shown.register(at + timedelta(days=90) - timedelta(seconds=1), everywhere)["recent"] == 1
    assert debts_shown.register(at + timedelta(days=90), everywhere)["recent"] == 0


def test_another_person_records_the_second_look_on_its_page(browser: Browser, used: Review) -> None:
    person("second", "release_manager")
    path = f"/orr/{used.code}/second-look"
    client = browser("product")
    kept = client.post(path, {"finding": "I read the incident."})
    assert kept.status_code == 422
    assert "I read the incident." in kept.content.decode()
    assert client.post(path, {"upheld": "no", "finding": "It could wait."}).status_code == 302
    assert SecondLook.objects.get().upheld is False
    assert "Not upheld" in assert_sound(client, "/audit/break-glass")
    assert "It could wait." in assert_sound(client, path)


def test_a_signer_cannot_take_the_second_look(browser: Browser, used: Review) -> None:
    path = f"/orr/{used.code}/second-look"
    assert "another person looks again" in assert_sound(browser("sre"), path)
    assert browser("sre").post(path, {"upheld": "yes", "finding": "Fine."}).status_code == 403
    assert not SecondLook.objects.exists()


def test_the_second_look_ends_the_debt_of_the_register(used: Review, people: People) -> None:
    seen = sight(person("looker", "auditor"))
    assert debts_shown.register(clock.now(), seen)["owed"] == 1
    debts.record_second_look(code=used.code, finding="Needed.", upheld=True, actor=people["product"])
    assert debts_shown.register(clock.now(), seen)["owed"] == 0


def test_the_register_is_sorted_over_all_and_paged_with_its_filter(
    emergency: Callable[..., Review], people: People, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debts_shown, "PAGE", 2)
    codes = []
    for _ in range(3):
        one = emergency("G1.1")
        signed(broken(one, people["release_manager"], "G1.1"), people["sre"], people["security"])
        assert isinstance(executor.take_effect(one.code), Decision)
        codes.append(one.code)
    debts.record_second_look(code=codes[0], finding="Needed.", upheld=True, actor=people["product"])
    everywhere, now = sight(people["auditor"]), clock.now()
    pages = [debts_shown.register(now, everywhere, page=n)["rows"] for n in (1, 2)]
    assert [row["code"] for page in pages for row in page] == [codes[1], codes[2], codes[0]]
    late = debts_shown.register(now + timedelta(days=9), everywhere, "overdue")
    assert [row["code"] for row in late["rows"]] == codes[1:]
    client = browser("auditor")
    text = client.get("/audit/break-glass?page=1").content.decode()
    assert "?kind=&amp;page=2" in text and codes[0] not in text
    looked = client.get("/audit/break-glass?kind=looked&page=99").content.decode()
    assert codes[0] in looked and codes[1] not in looked and "nothing left to do" in looked
    assert client.get("/audit/break-glass?kind=x&page=-1").status_code == 200


def test_a_closed_debt_says_that_nothing_is_left_to_do(
    used: Review, people: People, browser: Browser
) -> None:
    path = f"/orr/{used.code}/second-look"
    assert "Nothing is left to do." not in browser("product").get(path).content.decode()
    debts.record_second_look(code=used.code, finding="Needed.", upheld=True, actor=people["product"])
    assert "Nothing is left to do." in browser("product").get(path).content.decode()


def test_the_principal_is_named_with_the_deputy_in_the_register_and_among_earlier_proposals(
    emergency: Callable[..., Review], people: People, browser: Browser
) -> None:
    deputies.name(people["sre"], people["data"], "sre")
    one = emergency("G1.1")
    first = broken(one, people["release_manager"], "G1.1")
    sign(first, people["data"], on_behalf_of=people["sre"].pk)
    actions.cancel(code=one.code, actor=people["release_manager"], reason="Again.")
    second = broken(one, people["release_manager"], "G1.1")
    page = browser("security").get(f"/orr/{one.code}/approve").content.decode()
    assert "Data for Sre" in page
    sign(second, people["data"], on_behalf_of=people["sre"].pk)
    sign(second, people["security"])
    assert isinstance(executor.take_effect(one.code), Decision)
    assert "Data for Sre" in browser("auditor").get("/audit/break-glass").content.decode()


def test_the_principal_takes_away_the_record_of_their_deputys_signature(
    emergency: Callable[..., Review], people: People, browser: Browser
) -> None:
    deputies.name(people["sre"], people["data"], "sre")
    one = emergency("G1.1")
    made = sign(broken(one, people["release_manager"], "G1.1"), people["data"], on_behalf_of=people["sre"].pk)
    path = f"/orr/{one.code}/signatures/{made.pk}.json"
    assert browser("sre").get(path).status_code == 200
    assert browser("security").get(path).status_code == 404
    mine = browser("sre").get("/approvals").content.decode()
    assert path in mine and "signed for me by Data" in mine
