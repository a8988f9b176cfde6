"""Law: a trigger compares with the last reviewed state, so small releases add up."""

import pytest

from orr.accounts.models import DEFAULT_TEAM, User
from orr.changes import triggers
from orr.policies import enforcement
from orr.reviews import reviewed
from orr.reviews.models import Review
from orr.reviews.states import State
from tests.factories.people import person, team
from tests.factories.reviews import review as opened


def item(to: str, from_: str | None = None, kind: str = "image", name: str = "search") -> dict:  # type: ignore[type-arg]
    return {
        "kind": kind,
        "name": name,
        "to": {"version": to},
        **({"from": {"version": from_}} if from_ else {}),
    }


def body(*items: dict) -> dict:  # type: ignore[type-arg]
    return {"environment": "prod", "items": list(items)}


@pytest.mark.parametrize(
    ("stated", "known", "asked"),
    [
        (item("2.4.1", "2.4.0"), "2.0.0", []),
        (item("2.4.1", "2.4.0"), "1.9.0", ["major-release"]),
        (item("2.4.1"), "1.9.0", ["major-release"]),
        (item("2.4.1"), None, []),
        (item("3.0.0", "2.4.0"), "3.0.0-rc1", ["major-release"]),
        (item("nightly", "2.4.0"), "1.0.0", []),
        (item("2.4.1", "2.4.0", kind="config"), "1.0.0", []),
    ],
)
def test_a_step_counts_from_both(stated: dict, known: str | None, asked: list[str]) -> None:  # type: ignore[type-arg]
    found = {(stated["kind"], stated["name"]): known} if known else {}
    assert triggers.triggered(body(stated), found) == asked


def test_of_another_item_nothing_is_concluded() -> None:
    assert triggers.triggered(body(item("2.4.1", "2.4.0")), {("image", "ingest"): "1.0.0"}) == []


@pytest.fixture
def manager(db: None) -> User:
    return person("manager", "release_manager")


def carried_out(manager: User, to: str, state: State = State.CLOSED, **changed: object) -> Review:
    found = opened(manager, items=[item(to)], **{"environment": "prod", **changed})
    Review.objects.filter(pk=found.pk).update(state=state)
    return found


@pytest.mark.parametrize("state", [State.ROLLING_OUT, State.OBSERVING, State.CLOSED])
def test_a_review_asks_for_the_profile_of_the_whole_step(manager: User, state: State) -> None:
    carried_out(manager, "1.9.0", state)
    small = opened(manager, None, environment="prod", items=[item("2.4.1", "2.4.0")])
    assert [one["name"] for one in small.profiles] == ["major-release"]


@pytest.mark.parametrize(
    "state", [State.CHECKING, State.EFFECTIVE, State.NO_GO, State.WITHDRAWN, State.EXITING, State.EXITED]
)
def test_what_did_not_go_out_is_no_reviewed_state(manager: User, state: State) -> None:
    carried_out(manager, "1.9.0", state)
    small = opened(manager, None, environment="prod", items=[item("2.4.1", "2.4.0")])
    assert [one["name"] for one in small.profiles] == ["standard"]


def test_the_latest_one_counts_of_the_same_environment_and_team(manager: User) -> None:
    carried_out(manager, "1.9.0")
    carried_out(manager, "2.0.0")
    carried_out(manager, "1.0.0", environment="staging")
    wanted = body(item("2.4.1"), item("1", name="other"))
    assert reviewed.baseline(wanted, DEFAULT_TEAM) == {("image", "search"): "2.0.0"}
    assert reviewed.baseline(wanted, team("theirs").pk) == {}
    assert reviewed.last("image", "search", "staging", DEFAULT_TEAM) == {"version": "1.0.0"}


def test_what_went_out_in_shadow_runs_and_was_not_reviewed(manager: User) -> None:
    carried_out(manager, "1.9.0", service_ids=["search"])
    enforcement.ask_for_shadow(service_id="search", reason="Beginning.", actor=person("admin", "admin"))
    enforcement.consent(service_id="search", actor=person("second", "admin"))
    shadowed = carried_out(manager, "2.0.0", service_ids=["search"])
    assert shadowed.shadow
    assert reviewed.baseline(body(item("2.4.1")), DEFAULT_TEAM) == {("image", "search"): "1.9.0"}
    assert reviewed.last("image", "search", "prod", DEFAULT_TEAM) == {"version": "2.0.0"}


def test_an_edit_asks_for_the_whole_step_too(manager: User) -> None:
    from orr.reviews import actions

    carried_out(manager, "1.9.0")
    small = opened(manager, None, environment="prod", items=[item("1.9.1", "1.9.0")])
    assert [one["name"] for one in small.profiles] == ["standard"]
    after = {**small.body, "items": [item("2.4.1", "2.4.0")]}
    edited = actions.edit_change_set(
        code=small.code, change_set=after, expected_digest=small.change_set.digest, actor=manager
    )
    assert [one["name"] for one in edited.profiles] == ["major-release"]
