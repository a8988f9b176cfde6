"""Two processes at the same moment adopt once, sign once, and let one version into force."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from orr.accounts.models import User
from orr.accounts.stepup import Proof
from orr.lib.errors import Conflict, OrrError
from orr.policies import actions, executor
from orr.policies.models import PolicyVersion, State
from orr.profiles import load
from tests.factories.racing import race, racers
from tests.policies.conftest import LAXER, Write, acts

pytestmark = pytest.mark.django_db(transaction=True)


def quietly(act: Callable[[], Any]) -> Any:
    """What the act gave, or how it was refused."""
    try:
        return act()
    except OrrError as refused:
        return refused
    finally:
        connection.close()


def test_set_up_happens_once(write: Write) -> None:
    write()
    with racers(4) as pool:
        found = race(pool, [lambda: quietly(lambda: actions.in_force("own"))] * 4)
    assert found == [load.get("own")] * 4
    assert PolicyVersion.objects.count() == len(load.names()) and acts("own") == ["policy.adopted_at_setup"]


def test_a_stricter_file_is_adopted_once(own: str, write: Write) -> None:
    write(timelock=60)
    with racers(4) as pool:
        race(pool, [lambda: quietly(lambda: actions.in_force(own))] * 4)
    assert PolicyVersion.objects.filter(name=own, state=State.IN_FORCE).count() == 1
    assert acts(own) == ["policy.adopted_at_setup", "policy.adopted"]


def test_of_two_proposals_one_stands(own: str, write: Write, people: dict[str, User]) -> None:
    write(more=LAXER)
    acting = [people["manager"], people["admin"]]

    def propose(who: User) -> Callable[[], Any]:
        return lambda: quietly(lambda: actions.propose_weaker(name=own, reason="Slow.", actor=who))

    with racers(2) as pool:
        found = race(pool, [propose(who) for who in acting])
    assert sorted(type(one).__name__ for one in found) == [Conflict.__name__, PolicyVersion.__name__]


def test_one_person_signing_twice_at_once_signs_once_gitlab_10357(
    proposed: PolicyVersion, people: dict[str, User]
) -> None:
    digest = proposed.request.subject_digest  # type: ignore[union-attr]

    def one() -> Any:
        return actions.sign(
            name="own", actor=people["sre"], expected_digest=digest, proof=Proof("totp"), comment=""
        )

    with racers(4) as pool:
        race(pool, [lambda: quietly(one)] * 4)
    assert acts("own").count("policy.signed") == 1


def test_two_executors_let_it_into_force_once(signed: PolicyVersion) -> None:
    with racers(3) as pool:
        found = race(pool, [lambda: quietly(executor.sweep)] * 3)
    assert sum(found) == 1 and acts("own").count("policy.took_effect") == 1


def test_an_effect_beside_a_cancellation_is_one_of_both(
    signed: PolicyVersion, people: dict[str, User]
) -> None:
    with racers(2) as pool:
        race(
            pool,
            [
                lambda: quietly(executor.sweep),
                lambda: quietly(lambda: actions.cancel(name="own", actor=people["sre"], reason="Stop.")),
            ],
        )
    ended = set(acts("own")) & {"policy.took_effect", "policy.cancelled"}
    assert len(ended) == 1
