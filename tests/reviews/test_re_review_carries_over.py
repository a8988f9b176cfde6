"""A re-review begins with what the former review knows and is still true; it asks for the rest."""

from collections.abc import Iterator
from typing import Any

import pytest

from evidence import registry
from evidence.models import CollectionItem, Evidence
from orr.celery import app
from orr.lib import clock
from orr.lib.errors import NotFound
from orr.reviews import actions
from orr.reviews.acts import find
from orr.reviews.models import Review
from orr.reviews.standing import standing
from tests.factories.change_sets import change_set
from tests.factories.decisions import green, record
from tests.factories.reviews import review

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_worker() -> Iterator[None]:
    """Collections wait; here nobody answers them."""
    before, app.conf.task_always_eager = app.conf.task_always_eager, False
    yield
    app.conf.task_always_eager = before


@pytest.fixture(autouse=True)
def every_item_can_be_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each item has a source that is never asked in these tests."""
    monkeypatch.setattr(
        registry, "_factories", {f"G{g}.{n}": object for g in range(1, 9) for n in range(1, 5)}
    )
    monkeypatch.setattr(registry, "_brings", {})


def re_review(former: Review, **changed: Any) -> Review:
    opened = actions.open_review(
        change_set=change_set(**changed), profile="standard", actor=former.requester, re_review_of=former.code
    )
    return find(opened.code)


def asked(one: Review) -> set[str]:
    return set(CollectionItem.objects.filter(collection__subject=one.code).values_list("item", flat=True))


def test_the_unchanged_change_set_asks_nothing_again() -> None:
    former = review()
    green(former)
    second = re_review(former)
    applying = {rule.code for rule in actions.rules_of(second)}
    carried = set(Evidence.objects.filter(subject=second.code).values_list("item", flat=True))
    # Nobody measures what somebody stated: those wait for their words or their source again.
    assert carried | asked(second) == applying
    assert carried & asked(second) == set() and "G1.1" in carried
    assert all(
        item.verdict == "green" for item in standing(second, clock.now()).items if item.code in carried
    )


def test_what_is_bound_to_what_changed_is_asked_and_the_rest_carried() -> None:
    former = review()
    green(former)
    second = re_review(former, title="Another title")
    rules = {rule.code: rule.binds_to for rule in actions.rules_of(second)}
    assert {code for code, binds_to in rules.items() if binds_to == "change_set"} <= asked(second)
    kept = set(Evidence.objects.filter(subject=second.code).values_list("item", flat=True))
    assert {code for code, binds_to in rules.items() if binds_to == "environment"} - asked(second) <= kept
    assert kept


def test_red_is_asked_again_and_seen_until_it_is_answered() -> None:
    former = review()
    green(former)
    record(former, "G1.2", passed=False, judged="red")
    second = re_review(former)
    assert "G1.2" in asked(second)
    assert standing(second, clock.now()).of("G1.2").verdict == "red"
    record(second, "G1.2")
    now = standing(second, clock.now()).of("G1.2")
    assert now.verdict == "green" and now.earlier_red is not None


def test_a_review_of_its_own_carries_nothing() -> None:
    green(review())
    second = review()
    assert not Evidence.objects.filter(subject=second.code).exists()


def test_the_former_review_stays_as_it_was() -> None:
    former = review()
    green(former)
    before = list(Evidence.objects.filter(subject=former.code).order_by("item"))
    seen = find(former.code)
    re_review(former)
    after = find(former.code)
    assert list(Evidence.objects.filter(subject=former.code).order_by("item")) == before
    assert (after.state, after.version, after.updated_at) == (seen.state, seen.version, seen.updated_at)


def test_an_edit_leaves_behind_what_no_longer_fits() -> None:
    former = review()
    green(former)
    second = re_review(former)
    actions.edit_change_set(
        code=second.code, change_set=change_set(title="Else"), expected_digest=second.change_set.digest,
        actor=second.requester,
    )  # fmt: skip
    bound = {rule.code: rule.binds_to for rule in actions.rules_of(find(second.code))}
    live = standing(find(second.code), clock.now())
    assert all(live.of(code).evidence is None for code, to in bound.items() if to == "change_set")


def test_a_former_review_that_is_not_there_opens_nothing() -> None:
    one = review()
    with pytest.raises(NotFound):
        actions.open_review(
            change_set=change_set(), profile=None, actor=one.requester, re_review_of="ORR-9999"
        )
    assert Review.objects.count() == 1
