"""My approvals lists all that waits for a person beside signatures, and the navigation counts the same."""

import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from orr.accounts import roles
from orr.accounts.models import AuthorMapping, User
from orr.board import desk
from orr.board.desk import Desk, Duty
from orr.board.queue import duties
from orr.decisions import actions, analyses, debts, executor, second_person
from orr.decisions.models import Debt, Decision
from orr.guards import contracts
from orr.lib import clock
from orr.lib.met import Met
from orr.reviews.acts import find
from orr.reviews.models import Editor, Review
from tests.factories import reviews
from tests.factories.analyses import complete, recorded
from tests.factories.break_glass import broken, profile_file, signed, waiting
from tests.factories.decisions import record
from tests.factories.people import person, team

pytestmark = pytest.mark.django_db
People = dict[str, User]
Browser = Callable[..., Client]


@pytest.fixture(autouse=True)
def emergency(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """A profile that allows break-glass, there before the first review."""
    settings.PLURA_PROFILES = str(tmp_path)
    monkeypatch.setattr(contracts, "answers", lambda _guard: Met())
    return profile_file(tmp_path)


@pytest.fixture
def used(people: People, emergency: str) -> Review:
    """A review decided by break-glass."""
    review = waiting(emergency, people["release_manager"], "G1.1")
    signed(broken(review, people["release_manager"], "G1.1"), people["sre"], people["security"])
    assert isinstance(executor.take_effect(review.code), Decision)
    return find(review.code)


@pytest.fixture
def refused(people: People) -> Review:
    """A No-Go whose analysis nobody wrote."""
    other = [{"kind": "image", "name": "search-api", "to": {"version": "2.19.0"}}]
    one = reviews.review(people["release_manager"], items=other)
    actions.record_no_go(code=one.code, reason="Search is slow.", actor=people["sre"])
    return find(one.code)


def mine(who: User, kind: str) -> list[Duty]:
    return [duty for duty in duties(Desk(who)) if duty.kind == kind]


def test_a_second_look_waits_for_exactly_those_who_may_take_it(used: Review, people: People) -> None:
    stated, edited, authored = (person(name, "sre") for name in ("stated", "edited", "authored"))
    record(used, "G1.2", attested_by=stated.pk, attested_role="sre", statement="So.")
    Editor.objects.create(review=used, person=edited)
    AuthorMapping.objects.create(author_id="gh:1", user=authored, mapped_by=people["admin"])
    debt = Debt.objects.get()
    for who in (*people.values(), stated, edited, authored, person("young", "sre", counts=False)):
        may = bool(debts.may_look(used, debt, who))
        assert bool(mine(who, "look")) == may, who.username
    [duty] = mine(people["product"], "look")
    assert (duty.until, duty.url) == (debt.due_at, f"/orr/{used.code}/second-look")


def test_a_taken_second_look_waits_for_nobody(used: Review, people: People) -> None:
    debts.record_second_look(code=used.code, finding="Needed.", upheld=True, actor=people["product"])
    assert mine(people["data"], "look") == []


def test_an_analysis_waits_for_who_leads_and_then_for_a_second_person(
    refused: Review, people: People
) -> None:
    lead, second = people["release_manager"], people["security"]
    [duty] = mine(lead, "rca")
    assert (duty.until, duty.label) == (analyses.need(refused).due_at, "Write the RCA")
    assert mine(second, "rca") == []
    recorded(refused.code, lead)
    assert mine(lead, "rca") == []
    assert [one.label for one in mine(second, "rca")] == ["Close the RCA"]
    assert mine(people["auditor"], "rca") == []


def test_an_analysis_that_was_sent_back_waits_for_its_writer_again_with_the_reason(
    refused: Review, people: People
) -> None:
    kept = recorded(refused.code, people["product"])
    second_person.send_back(
        code=refused.code, reason="Which probe?", expected_digest=kept.digest, actor=people["security"]
    )
    for who in ("product", "release_manager"):
        [duty] = mine(people[who], "rca")
        assert "Which probe?" in duty.word
    analyses.save(
        code=refused.code, content=complete(people["product"], happened="Probe 3."), seen=1,
        actor=people["product"], record=True,
    )  # fmt: skip
    assert mine(people["product"], "rca") == []


def test_a_role_waits_for_a_second_administrator_and_not_for_the_first(people: People) -> None:
    reviews.review(people["release_manager"])
    given = roles.grant(user=people["sre"], role="product", actor=people["admin"])
    assert mine(people["admin"], "grant") == mine(people["sre"], "grant") == []
    other = person("admin2", "admin")
    [duty] = mine(other, "grant")
    assert (duty.until, duty.url) == (given.counts_from, "/settings#waiting")
    roles.consent(grant_id=given.pk, actor=other)
    assert mine(other, "grant") == []


def test_nothing_of_another_team_waits_for_me(refused: Review, used: Review) -> None:
    stranger = person("stranger", "release_manager", "sre", team=team("elsewhere"))
    assert duties(Desk(stranger)) == []


def test_the_most_urgent_comes_first_and_what_is_overdue_is_loud(
    refused: Review, used: Review, people: People, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = clock.now() + timedelta(days=3)
    monkeypatch.setattr(desk, "clock", SimpleNamespace(now=lambda: later))
    lead = [duty.until for duty in duties(Desk(people["release_manager"])) if duty.until]
    assert lead == sorted(lead) and len(lead) == 2
    page = browser("release_manager").get("/approvals").content.decode()
    assert "Overdue" in page and f'href="/orr/{refused.code}/rca"' in page


@pytest.mark.parametrize("role", ["release_manager", "product", "security", "admin"])
def test_the_navigation_counts_what_the_page_lists(
    role: str, refused: Review, used: Review, browser: Browser, people: People
) -> None:
    cache.clear()
    expected = len(duties(Desk(people[role])))
    client = browser(role)
    for path in ("/approvals", "/", f"/orr/{refused.code}/rca"):
        counted = re.search(r'<span class="cnt">(\d+)</span>', client.get(path).content.decode())
        assert int(counted[1] if counted else 0) == expected, path


def test_more_of_them_ask_no_more_questions(
    people: People, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    def add() -> None:
        one = reviews.review(people["release_manager"])
        actions.record_no_go(code=one.code, reason="Slow.", actor=people["sre"])
        recorded(one.code, people["release_manager"])

    add()
    with django_assert_max_num_queries(60) as once:
        duties(Desk(people["security"]))
    for _ in range(3):
        add()
    with django_assert_max_num_queries(len(once)):
        assert len(mine(people["security"], "rca")) == 4
