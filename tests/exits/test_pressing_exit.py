"""The law of the button: one person is enough, one Exit lives per review, before a rollout it withdraws."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from orr.accounts import people
from orr.exits import actions
from orr.exits.models import Mode, Run
from orr.lib.errors import Conflict, NotAllowed
from orr.reviews import acts
from orr.reviews.models import Review
from orr.reviews.states import State, Verb
from orr.tlog import log
from tests.exits.conftest import item
from tests.factories.people import person
from tests.factories.reviews import review as open_review


def rolled_out(**changed: Any) -> Review:
    """A review that rolls out, with nothing behind it: these tests send nothing."""
    made = open_review(items=[item("a")], service_ids=[], **changed)
    with transaction.atomic():
        locked = acts.lock(made.code)
        for verb in (Verb.PROPOSE, Verb.TAKE_EFFECT, Verb.START):
            acts.move(locked, verb, locked.requester)
    return acts.find(made.code)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["release_manager", "sre", "security", "product", "data"])
def test_each_approver_and_release_manager_may(role: str) -> None:
    made = rolled_out()
    run = actions.start(code=made.code, actor=person("somebody", role), reason="")
    assert isinstance(run, Run)
    assert (run.deadline - run.started_at).total_seconds() == 300
    assert acts.find(made.code).state == State.EXITING


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["auditor", "admin"])
def test_who_only_reads_or_administers_may_not(role: str) -> None:
    made = rolled_out()
    with pytest.raises(NotAllowed, match="requester, release managers and approvers"):
        actions.start(code=made.code, actor=person("somebody", role), reason="")
    assert not Run.objects.filter(mode=Mode.EXIT).exists()
    assert acts.find(made.code).state == State.ROLLING_OUT


@pytest.mark.django_db
def test_a_deactivated_requester_may_not_and_the_system_may() -> None:
    made = rolled_out()
    made.requester.is_active = False
    made.requester.save()
    with pytest.raises(NotAllowed, match="no longer active"):
        actions.start(code=made.code, actor=made.requester, reason="")
    assert isinstance(actions.start(code=made.code, actor=people.system(), reason="breach"), Run)


@pytest.mark.django_db
@pytest.mark.parametrize("verbs", [(), (Verb.PROPOSE,), (Verb.PROPOSE, Verb.TAKE_EFFECT)])
def test_before_a_rollout_it_withdraws_and_takes_nothing_back(verbs: tuple[Verb, ...]) -> None:
    made = open_review(items=[item("a")])
    for verb in verbs:
        acts.move(acts.find(made.code), verb, made.requester)
    found = actions.start(code=made.code, actor=made.requester, reason="not the time")
    assert found == actions.Withdrawn(made.code)
    assert acts.find(made.code).state == State.WITHDRAWN
    assert not Run.objects.filter(mode=Mode.EXIT).exists()
    assert [e.kind for e in log.entries_of(made.code)][-1] == "review.withdrawn"


@pytest.mark.django_db
def test_what_is_withdrawn_or_refused_cannot_be_taken_back() -> None:
    made = open_review(items=[item("a")])
    acts.move(made, Verb.REFUSE, made.requester)
    with pytest.raises(Conflict):
        actions.start(code=made.code, actor=made.requester, reason="")


@pytest.mark.django_db
def test_pressing_again_finds_the_same_exit() -> None:
    made = rolled_out()
    first = actions.start(code=made.code, actor=made.requester, reason="one")
    again = actions.start(code=made.code, actor=person("other", "sre"), reason="two")
    assert isinstance(first, Run) and isinstance(again, Run)
    assert again.pk == first.pk
    assert again.reason == "one"


@pytest.mark.django_db
def test_the_reason_can_be_completed_later_and_never_stands_in_the_log() -> None:
    made = rolled_out()
    actions.start(code=made.code, actor=made.requester, reason="")
    done = actions.complete_reason(code=made.code, actor=made.requester, reason="p95 doubled")
    assert done.reason == "p95 doubled"
    entries = log.entries_of(made.code)
    assert entries[-1].kind == "exit.reason"
    assert "p95" not in str([entry.artefacts for entry in entries])


@pytest.mark.django_db
def test_an_exit_that_ended_with_something_left_can_be_pressed_again() -> None:
    made = rolled_out()
    first = actions.start(code=made.code, actor=made.requester, reason="")
    Run.objects.filter(pk=first.pk).update(state="partial", ended_at="2031-01-01T00:00:00Z")  # type: ignore[union-attr]
    again = actions.start(code=made.code, actor=made.requester, reason="")
    assert isinstance(again, Run)
    assert again.pk != first.pk  # type: ignore[union-attr]
    assert acts.find(made.code).state == State.EXITING


@pytest.mark.django_db
def test_what_a_newer_closed_review_changed_is_not_taken_back_by_the_older_one() -> None:
    older, newer = rolled_out(), rolled_out()
    for made in (older, newer):
        for verb in (Verb.FINISH, Verb.CLOSE):
            acts.move(acts.find(made.code), verb, made.requester)
    with pytest.raises(Conflict, match=f"{newer.code} has changed plant/a since"):
        actions.start(code=older.code, actor=older.requester, reason="")
    assert isinstance(actions.start(code=newer.code, actor=newer.requester, reason=""), Run)


@pytest.mark.django_db
def test_the_database_refuses_a_second_live_exit() -> None:
    made = rolled_out()
    run = actions.start(code=made.code, actor=made.requester, reason="")
    assert isinstance(run, Run)
    with pytest.raises(IntegrityError, match="one_live_run_per_review"):
        Run.objects.create(
            mode=Mode.EXIT, review=made, plan={}, plan_digest="", started_at=run.started_at,
            deadline=run.deadline, started_by=made.requester,
        )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "law"),
    [
        ({"state": "proven", "ended_at": "2031-01-01T00:00:00Z"}, "key_proven_with_its_proof"),
        ({"state": "running"}, "key_at_work_has_claim_and_lease"),
        ({"state": "failed"}, "key_ended_when_not_open"),
        ({"desired": "other"}, "the intent of a key is never changed"),
    ],
)
def test_the_database_refuses_a_key_that_lies(changed: dict[str, Any], law: str) -> None:
    made = rolled_out()
    run = actions.start(code=made.code, actor=made.requester, reason="")
    assert isinstance(run, Run)
    with pytest.raises(IntegrityError, match=law):
        run.keys.update(**changed)


@pytest.mark.django_db
def test_the_database_refuses_to_reopen_what_ended() -> None:
    made = rolled_out()
    run = actions.start(code=made.code, actor=made.requester, reason="")
    assert isinstance(run, Run)
    Run.objects.filter(pk=run.pk).update(state="failed", ended_at=run.deadline)
    with pytest.raises(IntegrityError, match="what ended failed cannot become running"):
        Run.objects.filter(pk=run.pk).update(state="running", ended_at=None)


@pytest.mark.django_db
def test_the_database_refuses_an_exit_of_more_than_five_minutes() -> None:
    made = rolled_out()
    run = actions.start(code=made.code, actor=made.requester, reason="")
    assert isinstance(run, Run)
    with pytest.raises(IntegrityError, match="exit_has_five_minutes"):
        Run.objects.filter(pk=run.pk).update(deadline="2031-01-01T00:00:00Z")


@pytest.mark.slow
def test_sixteen_people_who_press_at_once_start_one_exit(
    transactional_db: None, rolling: Callable[..., Review]
) -> None:
    made = rolling(item("a"))
    crowd = [person(f"sre{n}", "sre") for n in range(16)]
    gate, found = threading.Barrier(16), []

    def press(who: Any) -> None:
        try:
            gate.wait()
            found.append(actions.start(code=made.code, actor=who, reason="").pk)  # type: ignore[union-attr]
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(who,)) for who in crowd]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 16
    assert len(set(found)) == 1
    assert Run.objects.filter(mode=Mode.EXIT).count() == 1
