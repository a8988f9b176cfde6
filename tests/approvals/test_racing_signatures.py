"""However many race, exactly the slots are filled, by different people: by construction, not by luck."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from approvals import actions
from approvals.models import Approval, Request
from orr.accounts.models import User
from orr.lib.errors import Conflict
from tests.factories.racing import race, racers

pytestmark = pytest.mark.django_db(transaction=True)
RACERS = 32
Make = Callable[..., Any]


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """32 threads, each with a connection of its own."""
    with racers(RACERS) as threads:
        yield threads


def signing(request: Request, who: User, may: tuple[int, ...]) -> Callable[[], bool]:
    def act() -> bool:
        oath = actions.Oath(digest=request.subject_digest, may=may, method="totp")
        try:
            return actions.grant(request_id=request.pk, person=who, oath=oath, others={})[1]
        except Conflict:
            return False

    return act


def rounds(count: int, pool: ThreadPoolExecutor, request_for: Make, person: Make) -> None:
    people = [person(f"p{n}") for n in range(RACERS // 2)]
    began = monotonic()
    for number in range(count):
        request = request_for(f"S-{number}")
        acts = [signing(request, who, (i % 2,)) for i, who in enumerate(people)] * 2
        new = race(pool, acts)
        standing = request.live_approvals()
        assert sum(new) == 2
        assert [approval.slot for approval in standing] == [0, 1]
        assert len({approval.person_id for approval in standing}) == 2
        request.refresh_from_db()
        assert request.filled_at >= max(approval.signed_at for approval in standing)
    seconds = monotonic() - began
    print(f"\n{count} rounds of {RACERS} racing signatures: 2 of 2 each time, {seconds:.1f} s")


def test_sixteen_people_twice_fill_exactly_the_slots(
    pool: ThreadPoolExecutor, request_for: Make, person: Make
) -> None:
    rounds(20, pool, request_for, person)


@pytest.mark.slow
def test_two_hundred_rounds_of_sixteen_people_twice(
    pool: ThreadPoolExecutor, request_for: Make, person: Make
) -> None:
    rounds(200, pool, request_for, person)


def test_one_person_in_parallel_counts_once(
    pool: ThreadPoolExecutor, request_for: Make, person: Make
) -> None:
    ann = person("ann")
    for number in range(5):
        request = request_for(f"S-{number}", slots=("sre", "sre", "security"))
        assert sum(race(pool, [signing(request, ann, (0, 1, 2))] * RACERS)) == 1
        assert Approval.objects.filter(request=request).count() == 1


@pytest.mark.parametrize("isolation", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
def test_writing_past_the_actions_does_not_help(
    pool: ThreadPoolExecutor, request_for: Make, person: Make, isolation: str
) -> None:
    people = [person(f"p{n}") for n in range(RACERS)]
    request = request_for()

    def insert(who: User, slot: int) -> Callable[[], bool]:
        def act() -> bool:
            try:
                with transaction.atomic():
                    with connection.cursor() as cursor:
                        cursor.execute(f"SET TRANSACTION ISOLATION LEVEL {isolation}")
                    Approval.objects.create(
                        request=request, person=who, slot=slot, role=("sre", "security")[slot],
                        digest=request.subject_digest, method="totp", weak=False,
                    )  # fmt: skip
                return True
            except (IntegrityError, OperationalError):
                return False

        return act

    for _attempt in range(3):
        race(pool, [insert(who, i % 2) for i, who in enumerate(people)])
    standing = request.live_approvals()
    assert [approval.slot for approval in standing] == [0, 1]
    request.refresh_from_db()
    assert request.filled_at is not None
