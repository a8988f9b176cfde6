"""The history of a review tells every act with its person, time and place in the log, and hides none."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from orr.accounts.models import Denial, User
from orr.board import reading, story
from orr.decisions import actions, executor
from orr.decisions.models import Decision, Proposal
from orr.guards import contracts
from orr.lib import clock
from orr.lib.met import Met
from orr.lib.sentence import say
from orr.reviews import actions as reviews
from orr.reviews.acts import find
from orr.reviews.models import Review
from orr.tlog import log
from tests.board.test_every_page_opens import assert_sound
from tests.factories import deputies
from tests.factories.break_glass import profile_file, signed, waiting
from tests.factories.decisions import propose, red, sign

pytestmark = pytest.mark.django_db
People = dict[str, User]
Browser = Callable[..., Client]


@pytest.fixture
def review(people: People, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Review:
    """A review that can be decided."""
    settings.PLURA_PROFILES = str(tmp_path)
    monkeypatch.setattr(contracts, "answers", lambda _guard: Met())
    return waiting(profile_file(tmp_path, timelock=0), people["release_manager"])


@pytest.fixture
def eventful(review: Review, people: People) -> Review:
    """Three proposals: cancelled after a withdrawn signature, void by a red, and one in effect."""
    manager = people["release_manager"]
    sign(propose(review, manager, reason="First try."), people["sre"], comment="Looked.")
    actions.withdraw_signature(code=review.code, actor=people["sre"])
    actions.cancel(code=review.code, actor=manager, reason="Not yet.")
    sign(propose(review, manager), people["security"])
    red(review, "G1.2")
    waiting_again(review)
    signed(propose(review, manager), people["sre"], people["security"])
    assert isinstance(executor.take_effect(review.code), Decision)
    log.sequence()
    return review


def waiting_again(review: Review) -> None:
    from tests.factories.decisions import green

    green(review)


def acts(review: Review) -> list[story.Act]:
    return story.acts(find(review.code), reading.facts(review.code, review.requester))


def test_every_entry_of_the_log_is_an_act_with_its_index(eventful: Review) -> None:
    entries = log.entries_of(eventful.code)
    assert [(one.name, one.index) for one in acts(eventful)] == [(one.kind, one.index) for one in entries]
    assert all(one.index is not None for one in entries)


def test_each_act_names_its_person_and_proposal(eventful: Review) -> None:
    told = [(one.name, one.who, one.proposal) for one in acts(eventful) if one.kind in ("decision", "review")]
    manager = "Release Manager"
    assert told == [
        ("review.opened", manager, None),
        ("proposal.made", manager, 1),
        ("proposal.signed", "Sre", 1),
        ("signature.withdrawn", "Sre", 1),
        ("proposal.cancelled", manager, 1),
        ("proposal.made", manager, 2),
        ("proposal.signed", "Security", 2),
        ("proposal.void", told[7][1], 2),
        ("proposal.made", manager, 3),
        ("proposal.signed", "Sre", 3),
        ("proposal.signed", "Security", 3),
        ("decision.took_effect", told[11][1], 3),
    ]


def test_an_end_says_why_and_who_had_signed_then(eventful: Review) -> None:
    ends = {
        one.name: one.lines for one in acts(eventful) if one.name in ("proposal.cancelled", "proposal.void")
    }
    assert ends["proposal.cancelled"] == ("Not yet.", "nobody had signed")
    assert ends["proposal.void"] == ("G1.2 turned red after the proposal.", "signed then: Security")


def test_a_deputys_signature_names_both(browser: Browser, review: Review, people: People) -> None:
    deputies.name(people["sre"], people["product"], "sre")
    sign(propose(review, people["release_manager"]), people["product"], on_behalf_of=people["sre"].pk)
    told = next(one for one in acts(review) if one.name == "proposal.signed")
    assert told.who == people["product"].name
    assert f"for {people['sre'].name}" in told.lines
    shown = assert_sound(browser("auditor"), f"/orr/{review.code}/proposals/1")
    assert f"for {people['sre'].name}" in shown


def test_a_deputys_rejection_names_both(browser: Browser, review: Review, people: People) -> None:
    deputies.name(people["security"], people["product"], "security")
    proposal = propose(review, people["release_manager"])
    client, path = browser("product"), f"/orr/{review.code}/approve"
    assert "You reject for Security, whose deputy you are." in client.get(path).content.decode()
    sent = {"judgement": "reject", "comment": "Not today.", "expected_digest": proposal.digest}
    assert client.post(path, sent).status_code == 302
    told = next(one for one in acts(review) if one.name == "proposal.rejected")
    assert (told.who, told.lines[:2]) == ("Product", ("for Security", "Not today."))
    assert "Product for Security" in assert_sound(browser("auditor"), f"/orr/{review.code}/proposals/1")


def test_a_deputy_of_the_veto_cancels_by_the_page(browser: Browser, review: Review, people: People) -> None:
    deputies.name(people["security"], people["product"], "security")
    propose(review, people["release_manager"])
    client, path = browser("product"), f"/orr/{review.code}/cancel"
    assert "You cancel for Security, whose deputy you are." in client.get(path).content.decode()
    assert client.post(path, {"reason": "Not today."}).status_code == 302
    told = next(one for one in acts(review) if one.name == "proposal.cancelled")
    assert (told.who, told.lines[0]) == ("Product", "for Security")


def test_what_was_typed_stands_here(eventful: Review) -> None:
    lines = [line for one in acts(eventful) for line in one.lines]
    assert "First try." in lines
    assert "“Looked.”" in lines


def test_it_is_filtered_and_turned_round_by_the_address(browser: Browser, eventful: Review) -> None:
    client, path = browser("auditor"), f"/orr/{eventful.code}/story"
    newest = assert_sound(client, path)
    oldest = assert_sound(client, f"{path}?order=oldest")
    effect, opening = "<b>Decision took effect</b>", "<b>Review opened</b>"
    assert newest.index(effect) < newest.index(opening)
    assert oldest.index(effect) > oldest.index(opening)
    assert "the newest first" in newest and "the oldest first" in oldest
    decided = assert_sound(client, f"{path}?kind=decision")
    assert "Decision took effect" in decided
    assert "<b>Review opened</b>" not in decided
    assert_sound(client, f"{path}?kind=nonsense&order=x")


def test_each_act_leads_to_its_proof(browser: Browser, eventful: Review) -> None:
    text = assert_sound(browser("auditor"), f"/orr/{eventful.code}/story")
    for entry in log.entries_of(eventful.code):
        assert f"/tlog/proof/{entry.index}" in text or str(entry.index) in text


def test_a_refusal_of_this_review_is_told_and_of_no_other(
    browser: Browser, review: Review, people: People
) -> None:
    for subject in (review.code, "ORR-9999"):
        Denial.objects.create(
            person=people["sre"], via="page", method="POST", route="approve", subject=subject,
            status=403, reason=say("%(name)s may not.", name=subject),
        )  # fmt: skip
    text = assert_sound(browser("auditor"), f"/orr/{review.code}/story?kind=refusals")
    assert f"{review.code} may not." in text
    assert "ORR-9999" not in text


def test_an_edit_names_who_edited(review: Review, people: People) -> None:
    body = {**review.body, "purpose": "Another."}
    reviews.edit_change_set(
        code=review.code, change_set=body, expected_digest=review.change_set.digest,
        actor=people["release_manager"],
    )  # fmt: skip
    edited = [one for one in acts(review) if one.name == "change_set.edited"]
    assert [one.who for one in edited] == ["Release Manager"]


def test_time_that_ran_out_is_told_though_nothing_stores_it(
    review: Review, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = propose(review, people["release_manager"])
    sign(proposal, people["sre"])
    monkeypatch.setattr(clock, "now", lambda: proposal.approve_by)
    last = acts(review)[-1]
    assert (last.name, last.logged, last.proposal) == ("expired", False, 1)
    assert last.lines == ("signed then: Sre",)


def test_a_proposal_keeps_its_page_after_newer_ones(browser: Browser, eventful: Review) -> None:
    client, first = browser("auditor"), Proposal.objects.get(review=eventful, number=1)
    text = assert_sound(client, f"/orr/{eventful.code}/proposals/1")
    for expected in ("First try.", "Not yet.", "Sre", "withdrawn", "Cancelled"):
        assert expected in text
    groups = [first.digest[7:][i : i + 4] for i in range(0, 64, 4)]
    assert all(group in text for group in groups)


def test_a_proposal_shows_what_differs_from_the_one_before(browser: Browser, eventful: Review) -> None:
    text = assert_sound(browser("auditor"), f"/orr/{eventful.code}/proposals/3")
    assert "Against the one before it" in text
    assert "The evidence of" in text
    assert f"/orr/{eventful.code}/proposals/2" in text
    assert "Against the one before it" not in assert_sound(
        browser("auditor"), f"/orr/{eventful.code}/proposals/1"
    )


@pytest.mark.parametrize("number", ["9", "0", "99999999999999999999"])
def test_a_proposal_that_never_was_is_not_found(browser: Browser, eventful: Review, number: str) -> None:
    assert browser("auditor").get(f"/orr/{eventful.code}/proposals/{number}").status_code == 404


@pytest.mark.parametrize(
    "path", ["/story", "/proposals/1", "/decision.pdf", "/decision.json", "/second-look"]
)
def test_without_a_sign_in_it_leads_to_the_door(client: Client, eventful: Review, path: str) -> None:
    answer = client.get(f"/orr/{eventful.code}{path}")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/signin?next=")


def test_in_korean_it_opens_as_well(browser: Browser, eventful: Review) -> None:
    for path in ("/story", "/proposals/2"):
        assert_sound(browser("sre", "ko"), f"/orr/{eventful.code}{path}")


def test_a_signature_on_an_ended_proposal_stands_no_longer(browser: Browser, eventful: Review) -> None:
    client = browser("auditor")
    assert "ended with it" in assert_sound(client, f"/orr/{eventful.code}/proposals/2")
    assert "ended with it" not in assert_sound(client, f"/orr/{eventful.code}/proposals/3")
