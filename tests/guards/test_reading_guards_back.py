"""The law of the proven set: a guard holds only as long as the system that holds it reads its value."""

from datetime import timedelta
from typing import Any

import pytest

from orr.drivers import journal
from orr.guards import actions
from orr.lib import clock
from orr.tlog import log
from tests.factories.receiver import Receiver

pytestmark = pytest.mark.django_db
TARGET = "plant/flag/ttl"
DIGEST = "sha256:" + "a" * 64


def register(*guards: dict[str, Any]) -> None:
    ends = (clock.now() + timedelta(hours=1)).isoformat()
    whole = [{"owner": "manager", "expires_at": ends, **guard} for guard in guards]
    actions.register(review="ORR-0001", proposal_digest=DIGEST, guards=whole)


def lacking() -> list[str]:
    return [str(reason) for reason in actions.unproven(actions.of("ORR-0001"), clock.now())]


def kinds() -> list[str]:
    return [entry.kind for entry in log.entries_of("ORR-0001")]


FLAG = {"kind": "flag", "target": TARGET, "value": "90s"}


def test_before_it_is_read_back_it_is_not_proven(receiver: Receiver) -> None:
    register(FLAG)
    assert lacking() == [f"The guard flag at {TARGET} was not read back yet."]


def test_the_value_read_back_proves_it_and_is_logged_once(receiver: Receiver) -> None:
    receiver.values[TARGET] = "90s"
    register(FLAG)
    (guard,) = actions.confirm("ORR-0001")
    actions.confirm("ORR-0001")
    assert (guard.read_back, lacking(), kinds()) == ("90s", [], ["guard.confirmed"])
    assert actions.proven("ORR-0001", clock.now()) == [guard]


def test_another_value_is_no_proof(receiver: Receiver) -> None:
    receiver.values[TARGET] = "30s"
    register(FLAG)
    (guard,) = actions.confirm("ORR-0001")
    assert guard.confirmed_at is None
    assert lacking() == [f"The guard at {TARGET} reads 30s instead of 90s."]
    assert kinds() == []


def test_a_system_that_does_not_answer_is_no_proof(receiver: Receiver) -> None:
    receiver.broken[TARGET] = [503]
    register(FLAG)
    actions.confirm("ORR-0001")
    assert lacking() == [f"The guard at {TARGET}: plant answered with status 503."]


def test_a_guard_can_be_lost_and_found_again_and_both_are_logged(receiver: Receiver) -> None:
    receiver.values[TARGET] = "90s"
    register(FLAG)
    actions.confirm("ORR-0001")
    receiver.values[TARGET] = "30s"
    (guard,) = actions.confirm("ORR-0001")
    actions.confirm("ORR-0001")
    assert guard.lost_at is not None
    assert actions.proven("ORR-0001", clock.now()) == []
    receiver.values[TARGET] = "90s"
    actions.confirm("ORR-0001")
    assert lacking() == []
    assert kinds() == ["guard.confirmed", "guard.lost", "guard.confirmed"]


def test_a_guard_that_expired_holds_nothing(receiver: Receiver) -> None:
    receiver.values[TARGET] = "90s"
    register(FLAG)
    guards = actions.confirm("ORR-0001")
    later = clock.now() + timedelta(hours=2)
    assert [str(reason) for reason in actions.unproven(guards, later)] == [
        f"The guard flag at {TARGET} has expired."
    ]


def test_a_canary_weight_may_be_any_that_the_rollout_set(receiver: Receiver) -> None:
    receiver.values[TARGET] = "25"
    register({"kind": "canary", "target": TARGET, "value": "5"})
    actions.confirm("ORR-0001")
    assert lacking() == [f"The guard at {TARGET} reads 25 instead of 5."]
    journal.record(target=TARGET, value="25", written_by="rollout", review="ORR-0001")
    actions.confirm("ORR-0001")
    assert lacking() == []


def test_registering_twice_makes_one_guard(receiver: Receiver) -> None:
    register(FLAG)
    register(FLAG)
    assert len(actions.of("ORR-0001")) == 1


def test_one_guard_that_hangs_does_not_hide_the_others(receiver: Receiver) -> None:
    receiver.values |= {"plant/a": "1", "plant/b": "1"}
    receiver.broken["plant/a"] = [500]
    register(*({"kind": "flag", "target": f"plant/{name}", "value": 1} for name in "ab"))
    actions.confirm("ORR-0001")
    assert [guard.target for guard in actions.proven("ORR-0001", clock.now())] == ["plant/b"]
