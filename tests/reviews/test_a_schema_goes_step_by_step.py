"""Laws of G4.2 in a review: measured from the change set itself, and against what was carried out before."""

from typing import Any

import pytest

from evidence import registry
from evidence.contract import Lacking, Query, Reading, Window
from evidence.models import Collection, CollectionItem
from orr.accounts.models import User
from orr.changes import files
from orr.events.bus import publish
from orr.events.vocabulary import Event
from orr.lib import clock
from orr.profiles import load
from orr.reviews import acts
from orr.reviews.actions import facts_of
from orr.reviews.collectors import MigrationOrder
from orr.reviews.models import Review
from orr.reviews.standing import standing
from orr.reviews.states import Verb
from tests.factories.people import person
from tests.factories.reviews import review as opened

pytestmark = pytest.mark.django_db
PLAN = "https://forge.example.org/plans/7"


@pytest.fixture
def manager() -> User:
    """A release manager."""
    return person("manager", "release_manager")


def schema(stage: str | None, *, named: tuple[tuple[str, str], ...] = (), **more: Any) -> dict[str, Any]:
    """A schema item at that stage, with these files."""
    made: dict[str, Any] = {
        "kind": "schema", "name": "incident", "target": "plant/schema/incident",
        "from": {"version": "7"}, "to": {"version": "8"},
        "rollback_key": {"target": "plant/schema/incident", "desired": "7"},
        "files": [{"name": name, "sha256": sha256} for name, sha256 in named],
    }  # fmt: skip
    if stage:
        made["migration"] = {"stage": stage, "plan_url": PLAN, **more}
    return made


def measure(review: Review) -> Reading:
    """What the collector reads of the review."""
    query = Query("G4.2", load.get("standard").items["G4.2"], facts_of(review))
    return MigrationOrder().collect(query, Window.before(clock.now(), 1))


def carried_out(review: Review) -> None:
    """Let the review have been rolled out to its end, as the table of states leads there."""
    observed(review)
    acts.move(review, Verb.CLOSE, review.requester)


def observed(review: Review) -> None:
    """Let the review be rolled out and still observed."""
    for verb in (Verb.PROPOSE, Verb.TAKE_EFFECT, Verb.START, Verb.FINISH):
        acts.move(review, verb, review.requester)


def test_it_is_measured_from_the_change_set_and_nobody_stands_in_for_it() -> None:
    rule = load.get("standard").items["G4.2"]
    assert registry.measurable("G4.2") and not rule.push and rule.attest is None
    assert rule.binds_to == "change_set"


def test_a_schema_at_its_step_is_green_with_the_link_to_its_plan(manager: User) -> None:
    carried_out(opened(manager, items=[schema("expand")]))
    found = measure(opened(manager, items=[schema("migrate", backfill=40, old_readers=3)]))
    assert (found.passed, found.text, found.url, found.measured_on) == (True, "migrate", PLAN, "candidate")


def test_what_is_not_stated_is_pending_and_named(manager: User) -> None:
    review = opened(manager, items=[schema(None)])
    with pytest.raises(Lacking) as waits:
        measure(review)
    assert "incident" in str(waits.value.sentence)
    shown = standing(review, clock.now()).of("G4.2")
    assert shown.verdict == "pending"


def test_a_step_that_was_left_out_is_red(manager: User) -> None:
    expanded = opened(manager, items=[schema("expand")])
    contracting = opened(manager, items=[schema("contract", backfill=100, old_readers=0)])
    with pytest.raises(Lacking, match="No step before it is known here"):
        measure(contracting)
    carried_out(expanded)
    found = measure(contracting)
    assert found.passed is False and expanded.code in str(found.detail)
    assert measure(opened(manager, items=[schema("migrate", backfill=10, old_readers=2)])).passed is True


def test_what_is_still_observed_may_be_taken_back_and_is_no_step_yet(manager: User) -> None:
    carried_out(opened(manager, items=[schema("expand")]))
    observed(opened(manager, items=[schema("migrate", backfill=100, old_readers=0)]))
    assert measure(opened(manager, items=[schema("contract", backfill=100, old_readers=0)])).passed is False


def test_a_change_without_a_step_hides_none_that_came_before(manager: User) -> None:
    carried_out(opened(manager, items=[schema("expand")]))
    carried_out(opened(manager, items=[schema(None)]))
    assert measure(opened(manager, items=[schema("contract", backfill=100, old_readers=0)])).passed is False


def test_what_another_environment_carried_out_counts_for_nothing(manager: User) -> None:
    carried_out(opened(manager, items=[schema("expand")], environment="staging"))
    contracting = opened(manager, items=[schema("contract", backfill=100, old_readers=0)])
    with pytest.raises(Lacking, match="No step before it is known here"):
        measure(contracting)


def test_sql_alone_does_not_say_its_order(manager: User) -> None:
    sent = files.keep(data=b"DROP TABLE incident;", actor=manager).blob_id
    with pytest.raises(Lacking, match="SQL does not say its order"):
        measure(opened(manager, items=[schema("expand", named=(("V9__drop.SQL", sent),))]))


def test_its_files_are_in_order_or_say_which_is_missing(manager: User) -> None:
    first = b"revision = 'a1'\ndown_revision = None\n"
    second = b"revision = 'b2'\ndown_revision = 'a1'\n"
    other = b"revision = 'c3'\ndown_revision = 'a1'\n"
    sent = [files.keep(data=one, actor=manager).blob_id for one in (first, second, other)]
    named = tuple((f"versions/{n}.py", one) for n, one in enumerate(sent))
    in_order = opened(manager, items=[schema("expand", named=named[:2])])
    assert measure(in_order).passed is True
    forked = measure(opened(manager, items=[schema("expand", named=named)]))
    assert forked.passed is False and "2 heads" in str(forked.detail)
    assert str(manager.pk).encode() in forked.raw
    waiting = opened(manager, items=[schema("expand", named=(*named[:2], ("versions/9.py", "0" * 64)))])
    with pytest.raises(Lacking, match="versions/9.py"):
        measure(waiting)


@pytest.mark.parametrize("event", [Event.EXIT_STARTED, Event.REVIEW_CLOSED])
def test_when_a_step_comes_or_goes_those_built_on_it_are_asked_again(event: Event, manager: User) -> None:
    expanded = opened(manager, items=[schema("expand")])
    after = opened(manager, items=[schema("migrate", backfill=40, old_readers=3)])
    for other in (
        opened(manager, items=[schema("migrate")], environment="staging"),
        opened(manager, items=[{**schema("migrate"), "target": "plant/schema/other"}]),
        opened(manager),
    ):
        assert other.code != after.code
    decided = opened(manager, items=[schema("migrate")])
    observed(decided)
    before = Collection.objects.count()
    publish(event, subject=expanded.code, actor=manager)
    asked = CollectionItem.objects.filter(collection__in=Collection.objects.order_by("-requested_at")[:1])
    assert Collection.objects.count() == before + 1
    assert [(one.collection.subject, one.item) for one in asked] == [(after.code, "G4.2")]


def test_a_step_taken_back_turns_what_builds_on_it_red(manager: User) -> None:
    carried_out(opened(manager, items=[schema("expand")]))
    moved = opened(manager, items=[schema("migrate", backfill=100, old_readers=0)])
    carried_out(moved)
    after = opened(manager, items=[schema("contract", backfill=100, old_readers=0)])
    assert measure(after).passed is True
    acts.move(moved, Verb.EXIT, manager)
    assert measure(after).passed is False
