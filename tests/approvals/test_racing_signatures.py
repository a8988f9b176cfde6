"""However many race, exactly the slots are filled, by different people: by construction, not by luck."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
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


def opening(subject: str, request_for: Make) -> Callable[[], bool]:
    def act() -> bool:
        try:
            request_for(subject)
        except Conflict:
            return False
        return True

    return act


def rounds(count: int, crowd: int, people: int, request_for: Make, person: Make) -> dict[str, int]:
    """Rounds in which some race to open one request, and then all to sign it: what was found wrong."""
    signers = [person(f"p{n}") for n in range(people)]
    found = {"rounds": count, "racers": count * crowd, "signatures": 0, "violations": 0}
    with racers(crowd) as pool:
        for number in range(count):
            opened = race(pool, [opening(f"S-{number}", request_for)] * 4)
            request = Request.objects.get(subject=f"S-{number}")
            acts = [signing(request, who, (i % 2,)) for i, who in enumerate(signers)] * (crowd // people)
            new = race(pool, acts)
            standing = request.live_approvals()
            request.refresh_from_db()
            found["signatures"] += Approval.objects.filter(request=request).count()
            exact = (
                sum(opened) == 1
                and sum(new) == 2
                and [approval.slot for approval in standing] == [0, 1]
                and len({approval.person_id for approval in standing}) == 2
                and Approval.objects.filter(request=request).count() == 2
                and request.filled_at >= max(approval.signed_at for approval in standing)
            )
            found["violations"] += not exact
    return found


def test_sixteen_people_twice_fill_exactly_the_slots(request_for: Make, person: Make, figure: Make) -> None:
    found = rounds(20, RACERS, RACERS // 2, request_for, person)
    figure("16 people twice race for two slots", **found)
    assert found["violations"] == 0


# In parts, so that each stays within the time that one test is given.
PARTS = [
    pytest.param(5, marks=pytest.mark.slow, id="some"),
    *(pytest.param(50, marks=pytest.mark.heavy, id=f"{part}") for part in range(20)),
]


@pytest.mark.parametrize("count", PARTS)
def test_a_hundred_people_fill_exactly_the_slots(
    request_for: Make, person: Make, figure: Make, count: int
) -> None:
    found = rounds(count, 100, 100, request_for, person)
    figure("100 people race for two slots", **found)
    assert found["violations"] == 0


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
