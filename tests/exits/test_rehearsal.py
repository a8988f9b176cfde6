"""The law of the rehearsal: the same engine, on shadow targets only, forward and back, by the system."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from evidence.contract import Lacking, Query, Reading, Unavailable, Unconfigured, Window
from orr.exits import progress, rehearsal, tasks, watch
from orr.exits.collectors import PlanCollector, RehearsalCollector
from orr.exits.models import Mode, Run
from orr.lib import clock
from orr.reviews import actions as reviews
from orr.reviews.models import Review
from orr.reviews.states import State
from orr.tlog import log
from tests.exits.conftest import beside, drive, item, shorten
from tests.factories.receiver import Receiver
from tests.factories.reviews import review as open_review

Opened = Callable[..., tuple[Review, Run]]


@pytest.fixture
def opened(receiver: Receiver, transactional_db: None) -> Opened:
    """A review that was just opened, and the rehearsal that its opening began."""

    def make(*items: dict[str, Any], **changed: Any) -> tuple[Review, Run]:
        given = list(items) or [item("a"), item("b")]
        made = open_review(items=given, service_ids=[], **changed)
        return made, Run.objects.get(review=made, mode=Mode.REHEARSAL)

    return make


def ask(collector: Any, review: Review, code: str) -> Reading:
    """One reading of the collector about the review as it is."""
    review = reviews.find(review.code)
    query = Query(code, review.rules.items[code], reviews.facts_of(review))
    found: Reading = collector.collect(query, Window.before(clock.now(), 1))
    return found


def test_opening_a_review_begins_a_rehearsal_by_the_system(opened: Opened) -> None:
    review, run = opened()
    assert run.started_by.is_system
    assert [(key.leg, key.name) for key in run.keys.all()] == [
        ("forward", "a"), ("forward", "b"), ("back", "a"), ("back", "b")
    ]  # fmt: skip
    assert "rehearsal.started" in [entry.kind for entry in log.entries_of(review.code)]


def test_it_goes_forward_and_back_on_shadow_targets_only(opened: Opened, receiver: Receiver) -> None:
    receiver.values["plant/a"] = "live"
    review, run = opened()
    run = drive(run)
    assert run.state == "done"
    assert [(target, desired) for target, desired, _ in receiver.effects[:2]] in (
        [("plant/shadow/a", "new"), ("plant/shadow/b", "new")],
        [("plant/shadow/b", "new"), ("plant/shadow/a", "new")],
    )
    assert receiver.values["plant/shadow/a"] == receiver.values["plant/shadow/b"] == "old"
    assert all(target.startswith("plant/shadow/") for target, _ in receiver.posts)
    assert receiver.values["plant/a"] == "live"
    for key in run.keys.filter(leg="back"):
        assert key.observed_before == "new" != key.desired
    assert reviews.find(review.code).state == State.CHECKING


def test_its_evidence_is_the_time_the_way_back_took(opened: Opened, receiver: Receiver) -> None:
    review, run = opened()
    with pytest.raises(Unconfigured, match="is running"):
        ask(RehearsalCollector(), review, "G2.2")
    run = drive(run)
    reading = ask(RehearsalCollector(), review, "G2.2")
    assert reading.value is not None and 0 <= reading.value < 60
    assert (reading.text, reading.measured_at, reading.passed) == ("2 / 2", run.ended_at, None)
    assert run.plan_digest.encode() in reading.raw


def test_a_changed_plan_is_not_rehearsed_by_the_former_rehearsal(opened: Opened, receiver: Receiver) -> None:
    review, run = opened()
    drive(run)
    body = {**review.body, "items": [item("a"), item("c")]}
    reviews.edit_change_set(
        code=review.code, change_set=body, expected_digest=review.change_set.digest, actor=review.requester
    )
    anew = Run.objects.filter(review=review, mode=Mode.REHEARSAL, state="running").get()
    assert anew.plan_digest != run.plan_digest
    with pytest.raises(Unconfigured, match="is running"):
        ask(RehearsalCollector(), review, "G2.2")


def test_an_edit_during_a_rehearsal_is_rehearsed_after_it(opened: Opened, receiver: Receiver) -> None:
    review, run = opened()
    body = {**review.body, "items": [item("c")]}
    reviews.edit_change_set(
        code=review.code, change_set=body, expected_digest=review.change_set.digest, actor=review.requester
    )
    assert Run.objects.filter(review=review).count() == 1
    drive(run, after_end=rehearsal.ended)
    anew = rehearsal.latest(reviews.find(review.code))
    assert anew is not None
    assert anew.state == "running"


@pytest.mark.slow
def test_a_shadow_that_does_not_come_back_is_red(opened: Opened, receiver: Receiver) -> None:
    review, run = opened(item("a", timeout=1), item("b"))
    receiver.values["plant/shadow/a"] = "new"
    receiver.deaf.add("plant/shadow/a")
    shorten(run, 4)
    assert drive(run).state == "partial"
    reading = ask(RehearsalCollector(), review, "G2.2")
    assert reading.passed is False
    assert "a:" in str(reading.detail)


def test_a_shadow_that_is_away_is_an_error_not_a_red(opened: Opened, receiver: Receiver) -> None:
    review, run = opened(item("a"))
    receiver.broken["plant/shadow/a"] = [503] * 50
    shorten(run, 2)
    assert drive(run).state == "failed"
    with pytest.raises(Unavailable, match="503"):
        ask(RehearsalCollector(), review, "G2.2")


def test_rehearsals_on_one_shadow_target_go_one_after_the_other(opened: Opened, receiver: Receiver) -> None:
    (_, older), (_, newer) = opened(item("a")), opened(item("a"))
    shorten(newer, 600)
    with transaction.atomic():
        Run.objects.filter(pk=older.pk).update(started_at=newer.started_at, deadline=newer.deadline)
    first, second = sorted((older, newer), key=lambda run: str(run.pk))
    thread = beside(second)
    assert drive(first).state == "done"
    thread.join(30)
    second.refresh_from_db()
    assert second.state == "done"
    assert [desired for _, desired, _ in receiver.effects] == ["new", "old", "new", "old"]


@pytest.mark.django_db
def test_no_worker_waits_for_the_shadow_target_of_an_older_rehearsal(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[object] = []
    monkeypatch.setattr(watch, "wake", woken.append)
    older, newer, apart = (open_review(items=[item(name)]).runs.get() for name in ("a", "a", "b"))
    Run.objects.filter(pk=newer.pk).update(started_at=older.started_at + timedelta(seconds=1))
    newer.refresh_from_db()
    assert [rehearsal.must_wait(run) for run in (older, newer, apart)] == [False, True, False]
    tasks.drive(str(newer.pk))
    assert receiver.posts == []
    older.keys.update(state="failed", ended_at=clock.now())
    Run.objects.filter(pk=older.pk).update(state="failed", ended_at=clock.now())
    assert not rehearsal.must_wait(newer)
    woken.clear()
    rehearsal.wake_next()
    assert len(woken) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ({"rehearse": None}, "a has no rehearsal target"),
        ({"rehearse": {"target": "plant/a"}}, "on a live target"),
        ({"rehearse": {"target": "plant/b"}}, "is not named as a shadow"),
        ({"rehearse": {"target": "nowhere/a-shadow"}}, "No source is configured for the target nowhere"),
    ],
)
def test_a_key_that_cannot_be_rehearsed_is_pending_and_named(
    receiver: Receiver, key: dict[str, Any], sentence: str
) -> None:
    made = open_review(items=[item("a", **key)])
    with pytest.raises(Lacking, match=sentence):
        ask(RehearsalCollector(), made, "G2.2")


@pytest.mark.django_db
def test_the_plan_is_green_when_every_driver_answers(receiver: Receiver) -> None:
    receiver.values["plant/a"] = "now"
    reading = ask(PlanCollector(), open_review(items=[item("a")]), "G2.1")
    assert (reading.passed, reading.text) == (True, "1 / 1")
    assert b'"observed":{"a":"now"}' in reading.raw


@pytest.mark.django_db
def test_an_item_without_a_key_is_red(receiver: Receiver) -> None:
    bare = {**item("a"), "rollback_key": None}
    reading = ask(PlanCollector(), open_review(items=[bare, item("b")]), "G2.1")
    assert reading.passed is False
    assert str(reading.detail) == "The item a has no rollback key."


@pytest.mark.django_db
def test_a_key_without_a_driver_is_pending_and_named(receiver: Receiver) -> None:
    made = open_review(items=[item("a", target="nowhere/a"), item("b")])
    with pytest.raises(Lacking, match="a: No source is configured for the target nowhere/a"):
        ask(PlanCollector(), made, "G2.1")


@pytest.mark.django_db
def test_a_driver_that_does_not_answer_is_an_error(receiver: Receiver) -> None:
    receiver.broken["plant/a"] = [500]
    with pytest.raises(Unavailable, match="a: plant answered with status 500"):
        ask(PlanCollector(), open_review(items=[item("a")]), "G2.1")


def test_faces_see_the_latest_rehearsal(opened: Opened, receiver: Receiver) -> None:
    review, run = opened()
    drive(run)
    shown = progress.rehearsal_of(reviews.find(review.code))
    assert shown is not None
    assert (shown["state"], len(shown["keys"])) == ("done", 4)
    assert shown["seconds"] is not None
