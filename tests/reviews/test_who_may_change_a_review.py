"""Who only reads changes nothing, and an edit never keeps a lighter profile than the change asks for."""

import pytest

from evidence.models import Collection
from orr.lib.errors import NotAllowed
from orr.reviews import actions
from orr.reviews.models import Review
from tests.factories.change_sets import change_set
from tests.factories.people import person
from tests.factories.reviews import review

pytestmark = pytest.mark.django_db
SCHEMA = {"kind": "schema", "name": "events", "to": {"version": "2"}}
FLAG = {"kind": "flag", "name": "search", "to": {"version": "on"}}


def edited(one: Review) -> list[str]:
    """The names of the review's profiles after its change set became a schema change."""
    body = change_set(items=[SCHEMA])
    seen = one.change_set.digest
    actions.edit_change_set(code=one.code, change_set=body, expected_digest=seen, actor=one.requester)
    return [profile["name"] for profile in actions.find(one.code).profiles]


def test_who_only_reads_asks_no_source_again() -> None:
    one = review()
    before = Collection.objects.count()
    with pytest.raises(NotAllowed):
        actions.collect(code=one.code, actor=person("auditor", "auditor"))
    assert Collection.objects.count() == before


def test_an_edit_that_asks_for_another_profile_gets_it() -> None:
    one = review(profile=None, items=[FLAG])
    former = one.profile_digest
    assert edited(one) == ["schema-change"]
    assert actions.find(one.code).profile_digest != former


def test_a_profile_asked_for_by_name_stays_through_an_edit() -> None:
    assert edited(review(profile="model-update", items=[FLAG])) == ["model-update", "schema-change"]
