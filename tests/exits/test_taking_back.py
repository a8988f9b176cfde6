"""The law of an Exit: every key is proven by reading it back, and nothing foreign is overwritten."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence.verdict import Verdict
from orr.drivers import journal
from orr.exits import claims, record
from orr.exits.models import Attempt, Key, Outcome, Run
from orr.exits.step import Result
from orr.reviews import acts
from orr.reviews.models import Review
from orr.reviews.states import State
from orr.tlog import log
from tests.exits.conftest import Metrics, beside, drive, item, shorten, states
from tests.factories.receiver import Receiver, sources_file

Press = Callable[[Review], Run]
Rolling = Callable[..., Review]


def test_every_key_is_proven_and_the_review_is_exited(
    rolling: Rolling, press: Press, receiver: Receiver, metrics: Metrics
) -> None:
    review = rolling()
    run = drive(press(review))
    assert run.state == "done"
    assert acts.find(review.code).state == State.EXITED
    assert {receiver.values[f"plant/{name}"] for name in "abc"} == {"old"}
    for key in run.keys.all():
        assert key.state == "proven"
        assert key.observed_before == "new" != key.desired
        assert len(key.proof_sha256) == 64
    assert receiver.doubles() == 0
    assert len(receiver.effects) == 3


def test_the_intent_is_committed_before_anything_is_sent(
    rolling: Rolling, press: Press, receiver: Receiver
) -> None:
    run = press(rolling())
    assert list(run.keys.values_list("state", flat=True)) == ["waiting"] * 3
    assert len(set(run.keys.values_list("idempotency_key", flat=True))) == 3
    assert receiver.posts == []


def test_a_key_that_already_holds_its_value_is_proven_without_an_order(
    rolling: Rolling, press: Press, receiver: Receiver, metrics: Metrics
) -> None:
    run = press(rolling())
    receiver.values["plant/a"] = "old"
    assert drive(run).state == "done"
    assert {target for target, _, _ in receiver.effects} == {"plant/b", "plant/c"}


def test_a_foreign_value_is_never_overwritten(
    rolling: Rolling, press: Press, receiver: Receiver, metrics: Metrics
) -> None:
    review = rolling()
    run = press(review)
    receiver.values["plant/b"] = "somebody else's"
    run = drive(run)
    assert run.state == "partial"
    assert states(run) == {"a": "proven", "b": "conflict", "c": "proven"}
    assert receiver.values["plant/b"] == "somebody else's"
    assert "somebody else's" in str(run.keys.get(name="b").reason)
    assert acts.find(review.code).state == State.EXITING


def test_a_value_that_the_rollout_wrote_is_taken_back(
    rolling: Rolling, press: Press, receiver: Receiver, metrics: Metrics
) -> None:
    review = rolling()
    journal.record(target="plant/b", value="25", written_by="rollout", review=review.code)
    receiver.values["plant/b"] = "25"
    run = drive(press(review))
    assert run.state == "done"
    assert run.keys.get(name="b").observed_before == "25"


def test_a_data_path_act_takes_back_what_it_reads_first(
    rolling: Rolling, press: Press, receiver: Receiver, metrics: Metrics
) -> None:
    receiver.values["plant/dual"] = "on"
    review = rolling(
        item("a"), data_path=[{"action": "stop_dual_write", "target": "plant/dual", "desired": "off"}]
    )
    run = drive(press(review))
    assert run.state == "done"
    assert receiver.values["plant/dual"] == "off"
    assert run.keys.get(name="stop_dual_write").observed_before == "on"


def test_a_data_path_value_that_changes_under_our_hands_is_a_conflict(
    rolling: Rolling, press: Press, receiver: Receiver, metrics: Metrics
) -> None:
    receiver.values["plant/topic"] = "100"
    review = rolling(
        item("a"), data_path=[{"action": "repoint_topic", "target": "plant/topic", "desired": "90"}]
    )
    run = press(review)
    Key.objects.filter(run=run, name="repoint_topic").update(observed_before="99")
    run = drive(run)
    assert states(run)["repoint_topic"] == "conflict"
    assert receiver.values["plant/topic"] == "100"


def test_a_failing_receiver_is_tried_again(
    rolling: Rolling, press: Press, receiver: Receiver, metrics: Metrics
) -> None:
    run = press(rolling())
    receiver.broken["plant/b"] = [503, 500]
    run = drive(run)
    assert run.state == "done"
    key = run.keys.get(name="b")
    assert key.attempts == 3
    outcomes = key.tries.order_by("number").values_list("outcome", flat=True)
    assert list(outcomes) == ["retry", "retry", "proven"]


def test_an_answer_is_no_proof(rolling: Rolling, press: Press, receiver: Receiver, metrics: Metrics) -> None:
    receiver.deaf.add("plant/b")
    review = rolling(item("a"), item("b", timeout=1))
    run = press(review)
    shorten(run, 3)
    run = drive(run)
    assert states(run) == {"a": "proven", "b": "unknown"}
    assert run.state == "partial"
    assert "still reads new" in str(run.keys.get(name="b").reason)


def test_a_key_waits_for_what_it_depends_on(
    rolling: Rolling, press: Press, receiver: Receiver, metrics: Metrics
) -> None:
    receiver.slow["plant/a"] = 0.3
    run = drive(press(rolling(item("b", after=["a"]), item("a"), item("c"))))
    assert run.state == "done"
    at = {key.name: key for key in run.keys.all()}
    assert at["b"].first_claimed_at >= at["a"].proven_at  # type: ignore[operator]
    assert at["c"].proven_at < at["a"].proven_at  # type: ignore[operator]


def test_what_waits_for_a_conflict_is_blocked_and_says_for_whom(
    rolling: Rolling, press: Press, receiver: Receiver, metrics: Metrics
) -> None:
    run = press(rolling(item("a"), item("b", after=["a"]), item("c", after=["b"]), item("d")))
    receiver.values["plant/a"] = "foreign"
    run = drive(run)
    assert states(run) == {"a": "conflict", "b": "blocked", "c": "blocked", "d": "proven"}
    assert str(run.keys.get(name="c").reason) == "It waits for b, which was not proven."
    assert {target for target, _, _ in receiver.effects} == {"plant/d"}


@pytest.mark.slow
def test_five_hanging_keys_of_twenty_hold_up_their_dependants_alone(
    rolling: Rolling, press: Press, receiver: Receiver, metrics: Metrics
) -> None:
    names = [f"k{n:02}" for n in range(20)]
    items = [item(name) for name in names[:19]] + [item(names[19], after=[names[0]])]
    run = press(rolling(*items))
    receiver.hang |= {f"plant/{name}" for name in names[:5]}
    shorten(run, 12)
    run = drive(run)
    found = states(run)
    assert [name for name, state in found.items() if state == "proven"] == names[5:19]
    assert {found[name] for name in names[:5]} == {"failed"}
    assert run.state == "partial"
    healthy = run.keys.filter(state="proven").order_by("-proven_at").first()
    began = run.keys.order_by("first_claimed_at").first()
    assert (healthy.proven_at - began.first_claimed_at).total_seconds() <= 10  # type: ignore[union-attr, operator]


def test_two_runs_never_work_at_one_target_together(
    rolling: Rolling, press: Press, receiver: Receiver, metrics: Metrics
) -> None:
    older, newer = press(rolling(item("a"))), press(rolling(item("a")))
    thread = beside(newer)
    time.sleep(1)
    assert receiver.posts == []
    assert drive(older).state == "done"
    thread.join(20)
    newer.refresh_from_db()
    assert newer.state == "done"
    assert len(receiver.effects) == 1


def test_a_key_outside_the_clock_waits_for_the_end_and_does_not_decide_it(
    rolling: Rolling, press: Press, receiver: Receiver, metrics: Metrics
) -> None:
    receiver.values["plant/tmp"] = "there"
    act = {"action": "drop_temporary", "target": "plant/tmp", "desired": "gone"}
    run = drive(press(rolling(item("a"), data_path=[act])))
    assert run.state == "done"
    clean_up = run.keys.get(name="drop_temporary")
    assert clean_up.state == "proven"
    assert clean_up.first_claimed_at > run.ended_at  # type: ignore[operator]


def test_every_act_is_in_the_log(
    rolling: Rolling, press: Press, receiver: Receiver, metrics: Metrics
) -> None:
    review = rolling()
    drive(press(review))
    kinds = [entry.kind for entry in log.entries_of(review.code)]
    assert kinds.count("exit.key_proven") == 3
    assert kinds.index("exit.started") < kinds.index("exit.key_proven") < kinds.index("exit.done")


@pytest.mark.parametrize("idempotent", [True, False])
def test_an_order_that_may_be_out_is_repeated_only_where_that_does_no_harm(
    rolling: Rolling, press: Press, receiver: Receiver, metrics: Metrics, settings: Any, idempotent: bool
) -> None:
    sources_file(Path(settings.PLURA_SOURCES), receiver.url, idempotent=idempotent)
    run = press(rolling(item("a")))
    (claim,) = claims.take_keys(run, "killed after it wrote that it would send", 1, seconds=0)
    assert claims.mark_sent(claim, "new")
    run = drive(run)
    assert states(run) == {"a": "proven" if idempotent else "unknown"}
    assert len(receiver.posts) == (1 if idempotent else 0)
    assert run.state == ("done" if idempotent else "failed")


@pytest.mark.parametrize("outcome", ["proven", "retry"])
def test_a_late_reply_changes_nothing(
    rolling: Rolling, press: Press, receiver: Receiver, metrics: Metrics, outcome: str
) -> None:
    run = press(rolling(item("a")))
    (late,) = claims.take_keys(run, "one", 1, seconds=0)
    (held,) = claims.take_keys(run, "two", 1, seconds=60)
    assert held.number == 2
    assert not claims.mark_sent(late, "new")
    assert not record.finish(late, Result(Outcome(outcome), "old", b"{}"))
    key = Key.objects.get(run=run)
    assert (key.state, key.claim, key.proven_at) == ("running", held.attempt, None)
    assert Attempt.objects.get(pk=late.attempt).outcome == "late"


def test_the_end_is_judged_by_every_core_metric(
    rolling: Rolling, press: Press, receiver: Receiver, metrics: Metrics
) -> None:
    run = drive(press(rolling()))
    found = run.recovery
    assert found["state"] == "green"
    assert {one["code"]: one["verdict"] for one in found["items"]} == dict.fromkeys(
        ("G1.1", "G1.2", "G1.3", "G1.4"), Verdict.GREEN.value
    )
