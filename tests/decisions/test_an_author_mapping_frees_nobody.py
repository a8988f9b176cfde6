"""Saying anew who an author is lifts nobody's bar, and stands in the record with what was said before."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from orr.accounts import acts
from orr.accounts import people as accounts
from orr.accounts.models import Act, AuthorMapping, User
from orr.decisions import eligibility
from orr.decisions.models import Proposal
from orr.lib.errors import NotAllowed
from orr.lib.met import Unmet
from orr.tlog import log
from tests.factories.decisions import effect, propose, sign
from tests.factories.people import give, person
from tests.factories.racing import race, racers

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
People = dict[str, User]
AUTHOR = "gh:1"


@pytest.fixture
def admin(db: None) -> User:
    return person("admin", "admin")


@pytest.fixture
def proposal(ready: Make, people: People, admin: User) -> Proposal:
    """A proposal on a change of the author `gh:1`, who is the person `sre`."""
    review = ready(authors=[{"id": AUTHOR, "name": "Dev"}])
    accounts.map_author(author_id=AUTHOR, user=people["sre"], actor=admin)
    return propose(review, people["manager"])


def barred(proposal: Proposal, who: User) -> str:
    found = eligibility.may_sign(proposal.review, proposal, who)
    return str(found.reason) if isinstance(found, Unmet) else ""


def test_whom_an_author_was_said_to_be_before_stays_barred(
    proposal: Proposal, people: People, admin: User
) -> None:
    assert "is an author" in barred(proposal, people["sre"])
    for who in ("product", "data"):
        accounts.map_author(author_id=AUTHOR, user=person(who + "3"), actor=admin)
    assert "saying who an author is" in barred(proposal, people["sre"])
    assert barred(proposal, people["sre2"]) == ""


def test_an_approver_who_is_an_administrator_frees_themselves_by_no_mapping(
    proposal: Proposal, people: People, admin: User
) -> None:
    give(people["sre"], "admin")
    accounts.map_author(author_id=AUTHOR, user=person("somebody"), actor=people["sre"])
    assert "saying who an author is" in barred(proposal, people["sre"])
    accounts.map_author(author_id=AUTHOR, user=person("other"), actor=admin)
    assert "saying who an author is" in barred(proposal, people["sre"])
    with pytest.raises(NotAllowed):
        sign(proposal, people["sre"])


def test_who_maps_an_author_signs_nothing_of_theirs(proposal: Proposal, people: People) -> None:
    give(people["security"], "admin")
    assert barred(proposal, people["security"]) == ""
    accounts.map_author(author_id=AUTHOR, user=person("somebody"), actor=people["security"])
    assert "saying who an author is" in barred(proposal, people["security"])


def test_a_mapping_after_the_signature_takes_it_along(
    proposal: Proposal, people: People, admin: User
) -> None:
    sign(proposal, people["sre2"])
    sign(proposal, people["security"])
    accounts.map_author(author_id=AUTHOR, user=people["sre2"], actor=admin)
    assert effect(proposal) == "The signature of Sre2 counts no longer."


def test_only_an_administrator_says_who_an_author_is(proposal: Proposal, people: People) -> None:
    with pytest.raises(NotAllowed):
        accounts.map_author(author_id=AUTHOR, user=people["sre2"], actor=people["sre"])
    assert AuthorMapping.objects.get().user == people["sre"]


def test_each_mapping_is_on_record_with_the_one_before(
    proposal: Proposal, people: People, admin: User
) -> None:
    accounts.map_author(author_id=AUTHOR, user=people["sre2"], actor=admin)
    accounts.map_author(author_id=AUTHOR, user=people["sre2"], actor=admin)
    found = list(Act.objects.filter(kind="author.mapped").order_by("pk"))
    told = [json.loads(bytes(one.record)) for one in found]
    assert [one["person"]["username"] for one in told] == ["sre", "sre2"]
    assert [one["facts"]["before"] for one in told] == [None, str(people["sre"].pk)]
    assert {one["actor"]["username"] for one in told} == {"admin"}
    logged = {one.artefacts["record"] for one in log.entries_of(acts.STREAM)}
    assert {one.sha256 for one in found} <= logged


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Four threads, each with a connection of its own."""
    with racers(4) as threads:
        yield threads


@pytest.mark.django_db(transaction=True)
def test_of_mappings_at_the_same_moment_none_is_forgotten(pool: ThreadPoolExecutor, people: People) -> None:
    admins = [person(f"admin{number}", "admin") for number in range(4)]
    wanted = [person(f"dev{number}") for number in range(4)]
    for turn in range(5):
        author = f"gh:race-{turn}"
        race(pool, [mapping(author, *both) for both in zip(wanted, admins, strict=True)])
        kept = AuthorMapping.objects.get(author_id=author)
        known = {kept.user_id, kept.mapped_by_id, *kept.former}
        assert known == {one.pk for one in (*wanted, *admins)}


def mapping(author: str, user: User, actor: User) -> Callable[[], None]:
    def act() -> None:
        accounts.map_author(author_id=author, user=user, actor=actor)

    return act
