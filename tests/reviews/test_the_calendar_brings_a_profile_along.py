"""Law: a peak or a freeze in or around the planned time asks for its profile; nothing takes it out."""

from typing import Any

import pytest

from evidence.models import Collection
from orr.accounts.models import User
from orr.board.change_asks import asks
from orr.calendar import actions as calendar
from orr.changes import triggers
from orr.reviews import actions as reviews
from orr.reviews.models import Review
from tests.calendar.lines_fixture import line
from tests.factories.change_sets import change_set
from tests.factories.people import person

pytestmark = pytest.mark.django_db
WINDOW = {"planned_start": "2026-11-24T02:00:00Z", "planned_end": "2026-11-24T03:00:00Z"}


@pytest.fixture
def manager() -> User:
    return person("manager", "release_manager")


def names(review: Review) -> list[str]:
    return [one["name"] for one in review.profiles]


def opened(manager: User, profile: str | None = None, **changed: Any) -> Review:
    return reviews.open_review(change_set=change_set(**{**WINDOW, **changed}), profile=profile, actor=manager)


def test_a_trigger_is_told_what_the_calendar_says() -> None:
    body = change_set()
    assert triggers.profiles_for(body) == ["standard"]
    assert triggers.profiles_for(body, busy=True) == ["peak-freeze"]
    assert triggers.with_named("minimal", body, busy=True) == ["minimal", "peak-freeze"]


@pytest.mark.parametrize(
    ("begins", "ends", "asked"),
    [("20 00:00", "22 02:01", True), ("20 00:00", "22 02:00", False), ("26 02:59", "28 00:00", True),
     ("26 03:00", "28 00:00", False), ("24 00:00", "25 00:00", True)],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["peak", "freeze", "entry"])
def test_before_in_and_after_count_for_two_days(
    kind: str, begins: str, ends: str, asked: bool, manager: User
) -> None:
    calendar.enter(line=line(kind, begins, ends), actor=manager)
    assert ("peak-freeze" in names(opened(manager))) is (asked and kind != "entry")


def test_what_is_of_another_environment_or_service_is_not_near(manager: User) -> None:
    calendar.enter(line=line("peak", "24 00:00", "25 00:00", environment="prod-eu"), actor=manager)
    calendar.enter(line=line("peak", "24 00:00", "25 00:00", services=("billing",)), actor=manager)
    assert names(opened(manager)) == ["standard"]


def test_naming_a_lighter_profile_leaves_it_in(manager: User) -> None:
    calendar.enter(line=line("peak", "24 00:00", "25 00:00"), actor=manager)
    assert names(opened(manager, "minimal")) == ["minimal", "peak-freeze"]
    told = asks(_fields(), "minimal")
    assert told is not None and [one["name"] for one in told["profiles"]] == ["minimal", "peak-freeze"]


def test_a_change_set_that_is_moved_next_to_a_peak_gets_it_and_keeps_what_it_had(manager: User) -> None:
    calendar.enter(line=line("peak", "26 03:00", "27 00:00", title="Sale"), actor=manager)
    review = opened(
        manager, "minimal", planned_start="2026-11-20T02:00:00Z", planned_end="2026-11-20T03:00:00Z"
    )
    assert names(review) == ["minimal"]
    moved = reviews.edit_change_set(
        code=review.code,
        change_set=change_set(**WINDOW),
        expected_digest=review.change_set.digest,
        actor=manager,
    )
    assert "peak-freeze" not in names(moved)
    nearer = change_set(planned_start="2026-11-26T02:00:00Z", planned_end="2026-11-26T03:00:00Z")
    again = reviews.edit_change_set(
        code=review.code, change_set=nearer, expected_digest=moved.change_set.digest, actor=manager
    )
    assert names(again) == ["minimal", "peak-freeze"]


def test_a_profile_that_the_calendar_brought_stays_when_the_line_is_cancelled(manager: User) -> None:
    peak = calendar.enter(line=line("peak", "24 00:00", "25 00:00"), actor=manager)
    review = opened(manager)
    calendar.cancel(entry_id=peak.pk, reason="Moved.", actor=person("owner", "product"))
    edited = reviews.edit_change_set(
        code=review.code, change_set=change_set(**WINDOW, purpose="Other."),
        expected_digest=review.change_set.digest, actor=manager,
    )  # fmt: skip
    assert names(edited) == ["peak-freeze"]


def test_the_first_line_lets_every_open_review_be_measured_and_the_next_only_those_it_meets(
    manager: User,
) -> None:
    near, far = opened(manager), opened(manager, planned_start=None, planned_end=None)
    calendar.enter(line=line("entry", "10 00:00", "11 00:00"), actor=manager)
    asked = Collection.objects.filter(items__item="G7.3").values_list("subject", flat=True)
    assert {near.code, far.code} <= set(asked)
    before = [Collection.objects.filter(subject=one.code).count() for one in (near, far)]
    calendar.enter(line=line("entry", "24 00:00", "25 00:00"), actor=manager)
    after = [Collection.objects.filter(subject=one.code).count() for one in (near, far)]
    assert after == [before[0] + 1, before[1]]


def _fields() -> dict[str, Any]:
    from orr.board import change_form

    return change_form.fields(change_set(**WINDOW))
