"""The law of the journal: an Exit may take back what a rollout wrote for the same review, no more."""

import pytest

from orr.drivers import journal
from orr.drivers.models import Journal

pytestmark = pytest.mark.django_db


def test_only_what_a_rollout_of_the_same_review_wrote_counts() -> None:
    journal.record(target="plant/a", value="5", written_by="rollout", review="ORR-0001")
    journal.record(target="plant/a", value="25", written_by="rollout", review="ORR-0001")
    journal.record(target="plant/a", value="old", written_by="exit", review="ORR-0001")
    journal.record(target="plant/a", value="9", written_by="rollout", review="ORR-0002")
    journal.record(target="plant/b", value="7", written_by="rollout", review="ORR-0001")
    assert journal.values("ORR-0001", "plant/a") == {"5", "25"}


def test_writing_twice_is_one_line() -> None:
    for _ in range(2):
        journal.record(target="plant/a", value="5", written_by="rollout", review="ORR-0001")
    assert Journal.objects.count() == 1
