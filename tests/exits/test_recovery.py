"""The law of recovery: proven keys are not enough; green core metrics since the last proof end an Exit."""

from collections.abc import Callable

import pytest

from orr.exits import actions, recovery
from orr.exits.models import Run
from orr.exits.settle import end_state
from orr.reviews import acts
from orr.reviews.models import Review
from orr.reviews.states import State
from tests.exits.conftest import GATE_1, Metrics, drive, item, shorten
from tests.factories.receiver import Receiver

Press = Callable[[Review], Run]
Rolling = Callable[..., Review]


@pytest.mark.parametrize(
    ("states", "recovered", "end"),
    [
        (["proven", "proven"], True, "done"),
        (["proven", "proven"], False, "not_recovered"),
        (["proven", "conflict"], True, "partial"),
        (["proven", "unknown"], False, "partial"),
        (["conflict", "failed"], True, "failed"),
        (["blocked"], False, "failed"),
        ([], True, "failed"),
    ],
)
def test_how_a_run_ends(states: list[str], recovered: bool, end: str) -> None:
    assert end_state(states, recovered) == end


def test_the_window_begins_at_the_last_proof(
    rolling: Rolling, press: Press, receiver: Receiver, metrics: Metrics
) -> None:
    run = drive(press(rolling()))
    last = run.keys.order_by("-proven_at").first().proven_at  # type: ignore[union-attr]
    asked = [window for window in metrics.windows if window.start == last]
    assert len(asked) == len(GATE_1)


@pytest.mark.parametrize(
    ("broken", "verdict"), [({"good": False}, "red"), ({"away": True}, "error"), ({"samples": 3}, "pending")]
)
def test_without_green_metrics_it_is_reverted_but_not_recovered(
    rolling: Rolling,
    press: Press,
    receiver: Receiver,
    metrics: Metrics,
    broken: dict[str, bool],
    verdict: str,
) -> None:
    for name, value in broken.items():
        setattr(metrics, name, value)
    review = rolling(item("a"))
    run = press(review)
    shorten(run, 3)
    run = drive(run)
    assert run.state == "not_recovered"
    assert {one["verdict"] for one in run.recovery["items"]} == {verdict}
    assert acts.find(review.code).state == State.EXITING
    assert actions.latest(review).state == "not_recovered"  # type: ignore[union-attr]


def test_metrics_that_turn_green_in_time_make_it_done(
    rolling: Rolling, press: Press, receiver: Receiver, metrics: Metrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics.good = False
    seen = []

    def look(review: Review, since: recovery.Since) -> dict[str, object]:
        seen.append(since)
        metrics.good = len(seen) > 2
        return measured(review, since)

    measured = recovery.measured
    monkeypatch.setattr(recovery, "measured", look)
    assert drive(press(rolling(item("a")))).state == "done"
    assert len(seen) == 3


def test_the_probe_waits_its_own_seconds_after_the_last_proof(
    rolling: Rolling, press: Press, receiver: Receiver, metrics: Metrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "least_seconds", lambda _review: 1.5)
    run = drive(press(rolling(item("a"))))
    proven = run.keys.get().proven_at
    assert run.state == "done"
    assert (run.ended_at - proven).total_seconds() >= 1.5  # type: ignore[operator]
    assert min(w.seconds for w in metrics.windows if w.start == proven) >= 1


@pytest.mark.django_db
def test_the_profile_asks_for_half_a_minute_at_least() -> None:
    from tests.factories.reviews import review as open_review

    made = open_review(items=[item("a")])
    assert recovery.least_seconds(made) >= 30
    assert [rule.code for rule in recovery.objectives(made)] == list(GATE_1)
