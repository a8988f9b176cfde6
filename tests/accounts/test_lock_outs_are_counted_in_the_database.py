"""Wrong tries are counted once each, however many come at the same moment and to however many processes."""

from datetime import timedelta

import pytest
from django.db.models import F

from orr.accounts import lockout, stepup
from orr.accounts.models import Lockout
from orr.lib.errors import NotAllowed, TooMany
from tests.factories.people import PASSWORD, person
from tests.factories.racing import race, racers

WRONG = 50


@pytest.mark.django_db(transaction=True)
def test_fifty_wrong_guesses_at_once_count_fifty_and_five_of_them_are_looked_at() -> None:
    def guess() -> bool:
        try:
            lockout.attempt("password", "kim")
        except TooMany:
            return False
        return True

    with racers(10) as pool:
        looked_at = [one for _ in range(WRONG // 10) for one in race(pool, [guess] * 10)]
    assert Lockout.objects.get().failures == WRONG
    assert sum(looked_at) == lockout.LIMITS["password"]


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "limit"), sorted(lockout.LIMITS.items()))
def test_the_limit_locks_and_the_window_opens_again(kind: str, limit: int) -> None:
    for _ in range(limit):
        lockout.check(kind, "kim")
        lockout.attempt(kind, "kim")
    with pytest.raises(TooMany):
        lockout.check(kind, "kim")
    with pytest.raises(TooMany):
        lockout.attempt(kind, "kim")
    Lockout.objects.update(since=F("since") - lockout.WINDOW)
    lockout.check(kind, "kim")
    assert lockout.failed(kind, "kim") == 1


@pytest.mark.django_db
def test_knocking_at_a_locked_door_does_not_keep_it_locked() -> None:
    for _ in range(5):
        lockout.failed("password", "kim")
    locked = Lockout.objects.get().since
    lockout.failed("password", "kim")
    assert Lockout.objects.get().since == locked


@pytest.mark.django_db
def test_the_lock_lasts_its_whole_time_from_the_last_allowed_try() -> None:
    for _ in range(4):
        lockout.failed("password", "kim")
    Lockout.objects.update(since=F("since") - lockout.WINDOW + timedelta(minutes=1))
    lockout.failed("password", "kim")
    Lockout.objects.update(since=F("since") - timedelta(minutes=14))
    with pytest.raises(TooMany):
        lockout.check("password", "kim")


@pytest.mark.django_db
def test_a_success_forgets_and_another_name_or_kind_was_never_counted() -> None:
    for _ in range(5):
        lockout.failed("password", "Kim")
    lockout.check("password", "lee")
    lockout.check("code", "kim")
    with pytest.raises(TooMany):
        lockout.check("password", "KIM")
    lockout.clear("password", "kim")
    lockout.check("password", "kim")


@pytest.mark.django_db
def test_the_row_does_not_say_whom_it_locks() -> None:
    lockout.failed("password", "kim")
    row = Lockout.objects.get()
    assert len(row.key) == 64
    assert "kim" not in row.key


@pytest.mark.django_db
def test_ten_wrong_step_ups_lock_the_person_even_for_the_right_password() -> None:
    sre = person("sre", "sre")
    for _ in range(10):
        with pytest.raises(NotAllowed):
            stepup.verify(sre, password="wrong")
    with pytest.raises(TooMany):
        stepup.verify(sre, password=PASSWORD)


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["", "\x00", "\ud800", "ñ" * 5000])
def test_any_name_can_be_counted(who: str) -> None:
    assert lockout.failed("password", who) == 1
