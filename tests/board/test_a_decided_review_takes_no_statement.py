"""What a review was decided on does not change afterwards, from the pages no more than by the API."""

from collections.abc import Callable

import pytest
from django.test import Client

from evidence.models import Evidence
from orr.reviews.models import Review
from orr.reviews.states import COLLECTING, State
from tests.factories.reviews import review


@pytest.mark.parametrize("state", sorted(frozenset(State) - COLLECTING))
def test_a_review_past_its_decision_takes_no_statement(browser: Callable[..., Client], state: State) -> None:
    one = review()
    Review.objects.filter(pk=one.pk).update(state=state)
    said = {"statement": "Legal hold reviewed"}
    answer = browser("data").post(f"/orr/{one.code}/items/G6.4/attest", said)
    assert answer.status_code == 409
    assert not Evidence.objects.filter(subject=one.code, attested_by__isnull=False).exists()
