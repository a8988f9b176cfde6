"""Laws of freezes: one that the profile names adds its owner's slot, any other is red, and none slips in."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from evidence import engine
from evidence.models import Collection, Evidence
from orr.accounts.models import User
from orr.calendar import actions as calendar
from orr.decisions import freezing, recheck
from orr.decisions.models import Decision, Proposal
from orr.lib import clock
from orr.lib.errors import Conflict, NotAllowed
from orr.profiles import load
from orr.reviews import actions as reviews
from orr.reviews.models import Review
from orr.reviews.standing import standing
from tests.calendar.lines_fixture import line
from tests.decisions.conftest import POLICY
from tests.factories.change_sets import change_set
from tests.factories.decisions import effect, green, propose, sign
from tests.factories.people import person

pytestmark = pytest.mark.django_db
WINDOW = {"planned_start": "2026-11-24T02:00:00Z", "planned_end": "2026-11-24T03:00:00Z"}
NAMED = '[[items."G7.3".freezes]]\nname = "black-friday"\nreason = "Agreed with the shop."\n'
# What every freeze brings along by itself, as quick as the other.
LEFT = '[items."G7.3"]\nleaves_freezes = true\n'


@pytest.fixture
def checked(people: dict[str, User], settings: Any, tmp_path: Path) -> Callable[..., Review]:
    """A review in a covered window, under a profile that names one freeze; everything passes."""
    settings.PLURA_PROFILES = str(tmp_path)
    text = POLICY.format(slots=["sre", "security"], timelock=0)
    (tmp_path / "hotfix.toml").write_text(text + NAMED, encoding="utf-8")
    (tmp_path / "peak-freeze.toml").write_text(text + LEFT, encoding="utf-8")
    calendar.enter(line=line("entry", "24 00:00", "25 00:00"), actor=people["manager"])

    def make(**changed: Any) -> Review:
        body = change_set(**{**WINDOW, **changed})
        review = reviews.open_review(change_set=body, profile="hotfix", actor=people["manager"])
        green(review)
        return ask(review)

    return make


def ask(review: Review) -> Review:
    """Let the collections that wait for a worker be done, as far as the calendar answers."""
    for waiting in Collection.objects.filter(finished_at=None).order_by("requested_at"):
        waiting.items.exclude(item="G7.3").delete()
        engine.run(waiting.pk)
    return reviews.find(review.code)


def freeze(people: dict[str, User], **more: Any) -> Any:
    return calendar.enter(
        line=line("freeze", "24 00:00", "25 00:00", title="Black Friday", **more), actor=people["boss"]
    )


def verdict(review: Review) -> str:
    return str(standing(reviews.find(review.code), clock.now()).of("G7.3").verdict)


def why(review: Review) -> str:
    return str(standing(reviews.find(review.code), clock.now()).of("G7.3").reason)


def payload(proposal: Proposal) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bytes(proposal.payload))
    return found


def test_outside_every_freeze_the_quorum_is_the_profiles(
    checked: Callable[..., Review], people: dict[str, User]
) -> None:
    proposal = propose(checked(), people["manager"])
    assert proposal.request.slots == ["sre", "security"]
    assert "freezes" not in payload(proposal)


def test_a_named_freeze_adds_its_owners_slot_and_the_signed_bytes_say_so(
    checked: Callable[..., Review], people: dict[str, User]
) -> None:
    freeze(people)
    proposal = propose(checked(), people["manager"])
    assert proposal.request.slots == ["sre", "security", "product"]
    assert payload(proposal)["freezes"] == [
        {
            "name": "black-friday",
            "owner": "product",
            "title": "Black Friday",
            "reason": "Agreed with the shop.",
        }
    ]
    client = Client(headers={"accept-language": "en"})
    client.force_login(people["product"])
    for page in ("approve", "proposals/1"):
        text = client.get(f"/orr/{proposal.review.code}/{page}").content.decode()
        assert "Inside the freeze “Black Friday”." in text and "Agreed with the shop." in text
    sign(proposal, people["sre"])
    sign(proposal, people["security"])
    assert effect(proposal) == "Not every slot is filled yet."
    sign(proposal, people["product"])
    assert isinstance(effect(proposal), Decision)


def test_an_owner_whose_role_has_a_slot_already_is_one_more_person(
    checked: Callable[..., Review], people: dict[str, User]
) -> None:
    freeze(people, owner_role="sre")
    proposal = propose(checked(), people["manager"])
    assert proposal.request.slots == ["sre", "security", "sre"]
    sign(proposal, people["sre"])
    sign(proposal, people["security"])
    assert effect(proposal) == "Not every slot is filled yet."
    sign(proposal, people["sre2"])
    assert isinstance(effect(proposal), Decision)


def test_two_freezes_of_one_owner_are_one_slot(
    checked: Callable[..., Review], people: dict[str, User]
) -> None:
    freeze(people)
    freeze(people)
    assert propose(checked(), people["manager"]).request.slots == ["sre", "security", "product"]


def test_an_owner_who_requested_the_change_does_not_fill_the_slot(
    checked: Callable[..., Review], people: dict[str, User]
) -> None:
    both = person("both", "release_manager", "product")
    people["manager"] = both
    freeze(people)
    proposal = propose(checked(), both)
    with pytest.raises(NotAllowed, match="cannot sign"):
        sign(proposal, both)


def test_any_other_freeze_is_red_and_nothing_is_proposed(
    checked: Callable[..., Review], people: dict[str, User]
) -> None:
    freeze(people, name="month-end")
    review = checked()
    assert verdict(review) == "red"
    with pytest.raises(Conflict):
        propose(review, people["manager"])


def test_a_freeze_that_is_entered_makes_the_item_pending_at_once_and_red_when_asked(
    checked: Callable[..., Review], people: dict[str, User]
) -> None:
    review = checked()
    assert verdict(review) == "green"
    freeze(people, name="month-end")
    assert (verdict(review), why(review)) == ("pending", "The calendar was changed; it is asked again.")
    ask(review)
    assert verdict(review) == "red"


def test_until_the_calendar_answered_nothing_is_signed_and_nothing_takes_effect(
    checked: Callable[..., Review], people: dict[str, User]
) -> None:
    proposal = propose(checked(), people["manager"])
    sign(proposal, people["sre"])
    freeze(people, name="month-end")
    with pytest.raises(Conflict, match="G7.3"):
        sign(proposal, people["security"])
    ask(proposal.review)
    proposal.refresh_from_db()
    assert (proposal.state, str(proposal.ended_reason)) == ("void", "G7.3 turned red after the proposal.")


def test_a_named_freeze_that_comes_after_the_proposal_ends_it_since_its_owner_has_no_slot(
    checked: Callable[..., Review], people: dict[str, User]
) -> None:
    proposal = propose(checked(), people["manager"])
    sign(proposal, people["sre"])
    sign(proposal, people["security"])
    freeze(people)
    assert effect(proposal) == "Not decidable yet: G7.3 not passing, not red."
    ask(proposal.review)
    proposal.refresh_from_db()
    assert proposal.state == "void"
    assert str(proposal.ended_reason) == (
        "The freeze “Black Friday” came after the proposal; its owner, Product, signs too."
    )
    assert propose(proposal.review, people["manager"]).request.slots == ["sre", "security", "product"]


def test_a_freeze_that_is_lifted_leaves_its_owners_slot_where_it_was_proposed(
    checked: Callable[..., Review], people: dict[str, User]
) -> None:
    frozen = freeze(people)
    proposal = propose(checked(), people["manager"])
    calendar.cancel(entry_id=frozen.pk, reason="Over.", actor=people["product"])
    ask(proposal.review)
    proposal.refresh_from_db()
    assert (proposal.state, len(proposal.request.slots)) == ("open", 3)


def test_an_entry_that_is_cancelled_covers_no_more(
    checked: Callable[..., Review], people: dict[str, User]
) -> None:
    review = checked()
    entry = calendar.Entry.objects.get()
    calendar.cancel(entry_id=entry.pk, reason="Moved.", actor=people["manager"])
    assert verdict(review) == "pending"
    ask(review)
    assert verdict(review) == "red"


def test_a_line_that_meets_no_window_asks_nobody(
    checked: Callable[..., Review], people: dict[str, User]
) -> None:
    review = checked()
    before = Evidence.objects.count(), Collection.objects.count()
    calendar.enter(line=line("freeze", "26 00:00", "27 00:00"), actor=people["boss"])
    calendar.enter(line=line("freeze", "24 00:00", "25 00:00", environment="prod-eu"), actor=people["boss"])
    assert (Evidence.objects.count(), Collection.objects.count()) == before
    assert verdict(review) == "green"


def test_another_planned_time_is_another_question(
    checked: Callable[..., Review], people: dict[str, User]
) -> None:
    review = checked()
    later = {**review.body, "planned_end": "2026-11-25T03:00:00Z"}
    reviews.edit_change_set(
        code=review.code, change_set=later, expected_digest=review.change_set.digest, actor=people["manager"]
    )
    assert verdict(review) == "pending"
    ask(review)
    assert verdict(review) == "red"


def test_slots_that_were_written_past_the_signed_bytes_break_the_proposal(
    checked: Callable[..., Review], people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    freeze(people)
    real = freezing.slots
    monkeypatch.setattr(freezing, "slots", lambda policy, _freezes: list(policy))
    proposal = propose(checked(), people["manager"])
    monkeypatch.setattr(freezing, "slots", real)
    assert proposal.request.slots == ["sre", "security"]
    broken = recheck.terms(proposal.review, proposal)
    assert str(getattr(broken, "reason", "")) == "The approval slots are others than the profile asks for."


def test_the_digest_of_a_profile_without_freezes_is_what_it_was_before_there_were_any() -> None:
    stated = load.get("standard").model_dump(mode="json")
    assert all("freezes" not in rule for rule in stated["items"].values())
