"""Law: a deployment that waits is answered once, with what was decided, at the configured address only."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from orr.accounts.models import User
from orr.decisions import actions as decisions
from orr.events.bus import publish
from orr.events.vocabulary import Event
from orr.exits import actions as exits
from orr.guards.models import Guard
from orr.hooks import answers, sending, tasks
from orr.hooks.models import Answer, Ask, Opening
from orr.lib import clock
from orr.policies import enforcement
from orr.reports.facts import checklist
from orr.reviews.models import Review
from orr.reviews.states import State
from orr.tlog import log
from tests.factories import decisions as made
from tests.factories.people import person
from tests.factories.platform import Platform
from tests.hooks.conftest import COMMIT, Door, payload
from tests.hooks.waiting import ask, go, into_shadow, shadow, signed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("guards_answer", "no_worker")]
RULE = "/repos/acme/search/actions/runs/4242/deployment_protection_rule"
APPROVAL = "/api/v4/projects/30/deployments/15/approval"


def test_a_deployment_joins_the_review_of_its_release(asked: Review, door: Door, platform: Platform) -> None:
    waiting = Ask.objects.get()
    assert (waiting.review, waiting.number, waiting.environment) == (asked, "4242", "production")
    assert Opening.objects.get().commit == COMMIT
    shown = checklist(asked.code)["answers"]
    assert [one["state"] for one in shown] == ["open"]
    ask(door, platform)
    assert Ask.objects.count() == 1 and Review.objects.count() == 1
    assert [one.kind for one in log.entries_of(asked.code)].count("deployment.asked") == 1


def test_go_goes_back_as_an_approval(asked: Review, platform: Platform) -> None:
    go(asked)
    answer = Answer.objects.get()
    assert (answer.approved, answer.state) == (True, "waiting")
    assert sending.send_due() == 1
    [call] = platform.calls
    assert (call.method, call.path) == ("POST", RULE)
    assert call.headers["Authorization"] == "Bearer token-of-the-forge"
    assert call.headers["X-GitHub-Api-Version"] == "2022-11-28"
    assert call.body == {
        "environment_name": "production",
        "state": "approved",
        "comment": f"{asked.code}: Go with Guards, and every guard was read back."
        f" http://localhost:8000/orr/{asked.code}#deployment-77",
    }
    [shown] = checklist(asked.code)["answers"]
    assert (shown["state"], shown["approved"]) == ("sent", True)
    assert sending.send_due() == 0 and len(platform.calls) == 1
    assert "deployment.answered" in [one.kind for one in log.entries_of(asked.code)]


def test_a_review_in_shadow_lets_a_deployment_go_at_once_and_says_so(
    door: Door, platform: Platform, bot: User
) -> None:
    enforcement.ask_for_shadow(service_id="search", reason="Beginning.", actor=person("admin", "admin"))
    door.github("release", payload("github-release"))
    ask(door, platform)
    review, answer = Review.objects.get(), Answer.objects.get()
    assert review.shadow and review.state == State.CHECKING and answer.approved
    assert sending.send_due() == 1
    [call] = platform.calls
    assert call.body["state"] == "approved"
    assert call.body["comment"].startswith(f"{review.code} is in shadow: it is recorded and stops nothing.")


def test_a_review_that_was_edited_into_shadow_lets_nothing_go_of_an_enforced_service(asked: Review) -> None:
    shadow("docs")
    into_shadow(asked, service_ids=["docs"])
    answers.look(asked.code)
    assert not Answer.objects.exists()


def test_a_review_that_was_edited_within_shadow_lets_go_what_is_in_shadow(asked: Review) -> None:
    shadow("docs", "search")
    into_shadow(asked, service_ids=["docs"])
    answers.look(asked.code)
    assert Answer.objects.get().approved


@pytest.mark.parametrize("text", ["[hooks.github]\nkind = 'x'\n", "", None], ids=["wrong", "empty", "none"])
def test_in_shadow_nothing_goes_while_nobody_knows_whose_services_these_are(
    asked: Review, settings: Any, text: str | None
) -> None:
    shadow("search")
    into_shadow(asked)
    if text is None:
        Path(settings.PLURA_SOURCES).unlink()
    else:
        Path(settings.PLURA_SOURCES).write_text(text, encoding="utf-8")
    answers.look(asked.code)
    assert not Answer.objects.exists()


@pytest.mark.parametrize("other", ["environment", "version"])
def test_a_review_in_shadow_lets_nothing_go_that_it_is_not_about(asked: Review, other: str) -> None:
    shadow("search")
    items = [{**asked.body["items"][0], "to": {"version": "v9.9.9"}}]
    into_shadow(asked, **({"environment": "staging"} if other == "environment" else {"items": items}))
    answers.look(asked.code)
    assert not Answer.objects.exists()


def test_a_go_for_another_environment_approves_nothing(asked: Review) -> None:
    made.effect(signed(asked))
    Guard.objects.filter(review=asked.code).update(confirmed_at=clock.now(), read_back="90s")
    Review.objects.filter(pk=asked.pk).update(environment="staging")
    answers.look(asked.code)
    answer = Answer.objects.get()
    assert not answer.approved and "is not about v2.18.1 any more" in str(answer.why)


def test_an_ask_keeps_our_name_of_its_environment_and_older_ones_take_it_from_the_file(asked: Review) -> None:
    kept = Ask.objects.get()
    assert kept.here == "prod-kr"
    kept.here = ""
    assert answers.place(kept) == "prod-kr"
    kept.hook = "gone"
    assert answers.place(kept) == ""


def test_a_second_try_of_the_same_run_gets_its_own_answer(
    asked: Review, door: Door, platform: Platform
) -> None:
    go(asked)
    sending.send_due()
    assert ask(door, platform, id=78).json()["id"] == asked.code
    ask(door, platform, id=78)
    assert [(one.number, one.deployment) for one in Ask.objects.order_by("pk")] == [
        ("4242", "77"),
        ("4242", "78"),
    ]
    assert sending.send_due() == 1
    assert [call.path for call in platform.posts()] == [RULE, RULE]
    assert [one["state"] for one in platform.told] == ["approved", "approved"]


def test_the_database_itself_keeps_the_ask_of_a_deployment_single(asked: Review) -> None:
    double = Ask.objects.get()
    double.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        double.save(force_insert=True)


@pytest.mark.parametrize("state", [State.EFFECTIVE, State.ROLLING_OUT, State.OBSERVING, State.CLOSED])
def test_no_review_approves_while_a_guard_does_not_hold(
    asked: Review, door: Door, platform: Platform, state: State
) -> None:
    go(asked)
    Review.objects.filter(pk=asked.pk).update(state=state)
    Guard.objects.filter(review=asked.code).update(lost_at=clock.now())
    ask(door, platform, id=78)
    assert Answer.objects.count() == 1
    Guard.objects.filter(review=asked.code).update(lost_at=None)
    answers.look(asked.code)
    assert [one.approved for one in Answer.objects.all()] == [True, True]


def test_who_waits_is_listed_once_longest_first_and_without_loading_reviews(
    asked: Review, door: Door, platform: Platform
) -> None:
    ask(door, platform, id=78)
    other = ask(door, platform, id=79, sha="b" * 40).json()["id"]
    with CaptureQueriesContext(connection) as asked_of:
        assert answers.waiting() == [asked.code, other]
    assert len(asked_of) == 1 and "profile" not in asked_of[0]["sql"]


def test_no_go_goes_back_as_a_refusal(asked: Review, platform: Platform) -> None:
    decisions.record_no_go(code=asked.code, reason="red", actor=person("manager", "release_manager"))
    sending.send_due()
    assert platform.posts()[0].body["state"] == "rejected"
    assert platform.posts()[0].body["comment"].startswith(f"{asked.code}: No-Go.")


def test_a_withdrawal_goes_back_as_a_refusal(asked: Review, platform: Platform, bot: User) -> None:
    exits.start(code=asked.code, actor=bot, reason="no")
    sending.send_due()
    assert platform.posts()[0].body["state"] == "rejected"


def test_a_go_with_guards_is_held_back_until_every_guard_was_read_back(
    asked: Review, platform: Platform
) -> None:
    made.effect(signed(asked))
    assert not Answer.objects.exists()
    tasks.sweep()
    assert not platform.calls
    Guard.objects.filter(review=asked.code).update(confirmed_at=clock.now(), read_back="90s")
    publish(Event.GUARD_CONFIRMED, subject=asked.code, guard=1, lost=False)
    sending.send_due()
    assert platform.posts()[0].body["state"] == "approved"


def test_what_nobody_signed_in_time_goes_back_as_a_refusal(
    asked: Review, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks.sweep()
    assert not Answer.objects.exists()
    made.short_deadline(monkeypatch, timedelta(milliseconds=50))
    made.green(asked)
    made.propose(asked, person("manager", "release_manager"))
    made.wait(0.06)
    tasks.sweep()
    assert platform.posts()[0].body["state"] == "rejected"
    assert "has expired" in platform.posts()[0].body["comment"]
