"""The law of the rollout: it starts only with every guard read back, and nothing passes unanalysed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError

from orr.accounts.models import User
from orr.drivers import journal
from orr.exits import actions as exits
from orr.guards.models import Guard
from orr.lib import clock
from orr.lib.errors import Conflict, Invalid, NotAllowed
from orr.lib.sentence import say
from orr.reviews import acts
from orr.reviews.models import Review
from orr.reviews.states import State
from orr.rollouts import actions
from orr.rollouts.models import Rollout, StageEvent
from orr.rollouts.progress import progress
from orr.rollouts.verdict import NOT_ANALYSED, judge
from orr.tlog import log
from tests.factories.people import person
from tests.factories.receiver import Receiver
from tests.rollouts.conftest import CANARY, FLAG

Effective = Callable[..., Review]


def state(review: Review) -> str:
    return str(acts.find(review.code).state)


@pytest.mark.django_db
def test_a_guard_that_is_read_back_lets_it_start(effective: Effective, manager: User) -> None:
    review = effective()
    verdict = actions.start(code=review.code, actor=manager)
    assert state(review) == State.ROLLING_OUT
    assert (verdict.verdict, verdict.analysed, verdict.reason) == ("hold", False, NOT_ANALYSED)
    rollout = Rollout.objects.get(review=review)
    assert rollout.started_by == manager
    assert "rollout.started" in [entry.kind for entry in log.entries_of(review.code)]
    assert Guard.objects.get().read_back == "90s"


@pytest.mark.django_db
def test_a_guard_that_reads_otherwise_keeps_it_from_starting(
    effective: Effective, manager: User, receiver: Receiver
) -> None:
    review = effective()
    receiver.values["plant/flag/ttl"] = "30s"
    with pytest.raises(Conflict, match="reads 30s instead of 90s"):
        actions.start(code=review.code, actor=manager)
    assert state(review) == State.EFFECTIVE
    assert not Rollout.objects.exists()


@pytest.mark.django_db
def test_a_guard_that_nobody_can_read_keeps_it_from_starting(
    effective: Effective, manager: User, receiver: Receiver
) -> None:
    review = effective()
    receiver.broken["plant/flag/ttl"] = [503]
    with pytest.raises(Conflict, match="503"):
        actions.start(code=review.code, actor=manager)
    assert state(review) == State.EFFECTIVE


@pytest.mark.django_db
def test_a_guard_confirmed_long_ago_is_not_read_back(
    effective: Effective, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = effective()
    monkeypatch.setattr(actions, "FRESH", timedelta(0))
    with pytest.raises(Conflict, match="was not read back just now"):
        actions.start(code=review.code, actor=manager)


@pytest.mark.django_db
def test_past_its_validity_a_decision_starts_nothing(
    effective: Effective, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = effective()
    later = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(actions.clock, "now", lambda: later)
    with pytest.raises(Conflict, match="The decision has expired"):
        actions.start(code=review.code, actor=manager)
    assert state(review) == State.EFFECTIVE


@pytest.mark.django_db
def test_it_starts_once(effective: Effective, manager: User) -> None:
    review = effective()
    actions.start(code=review.code, actor=manager)
    with pytest.raises(Conflict):
        actions.start(code=review.code, actor=manager)
    assert StageEvent.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["sre", "auditor", "admin"])
def test_only_the_requester_and_release_managers_lead(effective: Effective, role: str) -> None:
    review = effective()
    with pytest.raises(NotAllowed, match="requester or a release manager"):
        actions.start(code=review.code, actor=person("other", role))
    assert state(review) == State.EFFECTIVE


@pytest.mark.django_db
def test_a_stage_is_recorded_and_held(effective: Effective, manager: User) -> None:
    review = effective()
    actions.start(code=review.code, actor=manager)
    verdict = actions.stage(code=review.code, percent=5, actor=manager)
    assert (verdict.verdict, verdict.analysed) == ("hold", False)
    shown = progress(acts.find(review.code))
    assert shown is not None
    assert (shown["percent"], shown["stage"], shown["verdict"]) == (5, 1, "hold")
    assert [one["state"] for one in shown["stages"]] == ["running", "waiting", "waiting"]
    assert [event["event"] for event in shown["events"]] == ["started", "stage"]


@pytest.mark.django_db
@pytest.mark.parametrize("percent", [0, 101, -1, True, 5.0, "5", None])
def test_a_stage_is_a_percent(effective: Effective, manager: User, percent: Any) -> None:
    with pytest.raises(Invalid):
        actions.stage(code=effective().code, percent=percent, actor=manager)


@pytest.mark.django_db
def test_a_guard_lost_on_the_way_holds_it_and_keeps_it_from_finishing(
    effective: Effective, manager: User, receiver: Receiver
) -> None:
    review = effective()
    actions.start(code=review.code, actor=manager)
    receiver.values["plant/flag/ttl"] = "30s"
    verdict = actions.stage(code=review.code, percent=25, actor=manager)
    assert [str(reason) for reason in verdict.reasons] == [
        "The guard at plant/flag/ttl reads 30s instead of 90s.", str(NOT_ANALYSED)
    ]  # fmt: skip
    with pytest.raises(Conflict, match="The rollout holds"):
        actions.finish(code=review.code, actor=manager)
    receiver.values["plant/flag/ttl"] = "90s"
    actions.finish(code=review.code, actor=manager)
    assert state(review) == State.OBSERVING


@pytest.mark.django_db
def test_a_canary_guard_follows_the_stages(effective: Effective, manager: User, receiver: Receiver) -> None:
    review = effective(CANARY)
    actions.start(code=review.code, actor=manager)
    receiver.values["plant/weight"] = "25"
    verdict = actions.stage(code=review.code, percent=25, actor=manager)
    assert verdict.reasons == (NOT_ANALYSED,)
    receiver.values["plant/weight"] = "60"
    verdict = actions.stage(code=review.code, percent=25, actor=manager)
    assert "reads 60 instead of 5" in str(verdict.reason)


@pytest.mark.django_db
def test_what_the_rollout_writes_is_in_the_journal(effective: Effective, manager: User) -> None:
    review = effective(CANARY, FLAG)
    actions.start(code=review.code, actor=manager)
    assert journal.values(review.code, "plant/f") == {"new"}
    actions.stage(code=review.code, percent=5, actor=manager)
    assert journal.values(review.code, "plant/weight") == {"5"}


@pytest.mark.django_db
def test_the_observation_is_ours_and_closing_waits_for_it(effective: Effective, manager: User) -> None:
    review = effective(FLAG, {"kind": "observation", "value": "15m"}, observation=60)
    actions.start(code=review.code, actor=manager)
    actions.finish(code=review.code, actor=manager)
    rollout = Rollout.objects.get(review=review)
    assert (rollout.observation_until - rollout.finished_at).total_seconds() == 900  # type: ignore[operator]
    with pytest.raises(Conflict, match="The observation is not over yet"):
        actions.close(code=review.code, actor=manager)
    assert state(review) == State.OBSERVING


@pytest.mark.django_db
def test_it_closes_only_when_the_log_is_whole(
    effective: Effective, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = effective()
    actions.start(code=review.code, actor=manager)
    actions.finish(code=review.code, actor=manager)
    with pytest.raises(Conflict, match="are not in the signed log yet"):
        actions.close(code=review.code, actor=manager)
    monkeypatch.setattr(actions.tlog, "gap", lambda _code: 0)
    actions.close(code=review.code, actor=manager)
    assert state(review) == State.CLOSED
    shown = progress(acts.find(review.code))
    assert shown is not None
    assert shown["closed_by"] == "Manager"


@pytest.mark.django_db
def test_an_exit_freezes_the_promotions(effective: Effective, manager: User) -> None:
    review = effective()
    actions.start(code=review.code, actor=manager)
    exits.start(code=review.code, actor=manager, reason="")
    with pytest.raises(Conflict, match="being taken back"):
        actions.stage(code=review.code, percent=25, actor=manager)
    with pytest.raises(Conflict):
        actions.finish(code=review.code, actor=manager)


@pytest.mark.django_db
def test_an_event_is_kept_as_it_was_written(effective: Effective, manager: User) -> None:
    actions.start(code=effective().code, actor=manager)
    with pytest.raises(IntegrityError, match="kept as they were written"):
        StageEvent.objects.update(verdict="pass")


NOW = datetime(2031, 3, 10, 9, tzinfo=UTC)


@pytest.mark.parametrize("percent", [0, 5, 25, 100])
@pytest.mark.parametrize("lost", [[], [say("lost")]])
@pytest.mark.parametrize("hours", [-1, 1])
def test_without_statistics_nothing_ever_passes(percent: int, lost: list[Any], hours: int) -> None:
    until = NOW + timedelta(hours=hours)
    found = judge(percent=percent, stages=[5, 25, 100], guards=lost, valid_until=until, now=NOW)
    assert (found.verdict, found.analysed) == ("hold", False)
    assert found.reasons[-1] == NOT_ANALYSED
    assert len(found.reasons) == 1 + len(lost) + (hours < 0)


def test_a_percent_of_no_stage_is_named() -> None:
    found = judge(percent=7, stages=[5, 100], guards=[], valid_until=NOW + timedelta(hours=1), now=NOW)
    assert str(found.reason) == "7 % is no stage of the profile (5 %, 100 %)."
