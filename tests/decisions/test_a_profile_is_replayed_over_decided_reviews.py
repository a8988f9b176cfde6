"""A version of a profile over reviews that were really decided: in sight, as archived, nothing written."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evidence.models import Evidence
from orr.accounts.models import User
from orr.decisions import actions, executor
from orr.decisions.models import Decision, Proposal
from orr.lib import clock
from orr.policies import actions as policies
from orr.policies.models import PolicyVersion
from orr.profiles.schema import Profile
from orr.reports import replays
from orr.reports.replays import Page
from orr.reviews.models import Review
from orr.reviews.replay import Outcome
from tests.factories.change_sets import change_set
from tests.factories.decisions import green, record, red
from tests.factories.people import person, team

pytestmark = pytest.mark.django_db
QUICK = "quick0-sre-security"


def with_item(profile: Profile, code: str, **changed: Any) -> Profile:
    rule = profile.items[code].model_copy(update=changed)
    return profile.model_copy(update={"items": {**profile.items, code: rule}})


def over(viewer: User, wanted: Profile | None = None, place: str = QUICK, **how: Any) -> Page:
    return replays.over(wanted=wanted or policies.in_force(place), place=place, viewer=viewer, **how)


@pytest.fixture
def went(signed: Callable[..., Proposal]) -> Callable[..., Review]:
    """A review that was decided Go with Guards, its search latency measured at 640 ms."""

    def make(**how: Any) -> Review:
        proposal = signed(**how)
        record(proposal.review, "G1.2", value=640.0, passed=None)
        assert isinstance(executor.take_effect(proposal.review.code), Decision)
        return proposal.review

    return make


@pytest.fixture
def stopped(opened: Callable[..., Review], people: dict[str, User]) -> Callable[..., Review]:
    """A review that was decided No-Go; `value` is its search latency, None where nothing was collected."""

    def make(value: float | None = 900.0, **how: Any) -> Review:
        review = opened(**how)
        if value is not None:
            green(review)
            red(review, "G1.2")
            record(review, "G1.2", value=value, passed=None, judged="red", threshold=800.0)
        actions.record_no_go(code=review.code, reason="Slow.", actor=people["manager"])
        return review

    return make


def test_replaying_the_version_in_force_changes_nothing(
    went: Callable[..., Review], stopped: Callable[..., Review], people: dict[str, User]
) -> None:
    went(), stopped(), stopped(None)
    page = over(people["sre"])
    assert [row.change for row in page.rows] == ["same", "same", "same"] and page.total == 3
    assert all(row.told is not None and not row.told.changed for row in page.rows)
    assert [row.told.was for row in page.rows if row.told] == [
        Outcome.OPEN, Outcome.NO_GO, Outcome.GUARDED,
    ]  # fmt: skip


def test_a_stricter_threshold_turns_exactly_that_item_red(
    went: Callable[..., Review], people: dict[str, User]
) -> None:
    went()
    (row,) = over(people["sre"], with_item(policies.in_force(QUICK), "G1.2", threshold=600.0)).rows
    assert row.told is not None and row.change == "stricter" and not row.missed
    assert [(item.code, item.was, item.would) for item in row.told.changed] == [("G1.2", "green", "red")]


def test_what_was_stopped_and_would_be_let_through_is_missed(
    stopped: Callable[..., Review], people: dict[str, User]
) -> None:
    code = stopped().code
    page = over(people["sre"], with_item(policies.in_force(QUICK), "G1.2", threshold=900.0))
    assert [row.decision.review.code for row in page.missed] == [code]


def test_what_was_measured_after_the_decision_is_not_looked_at(
    went: Callable[..., Review], people: dict[str, User]
) -> None:
    review = went()
    record(review, "G1.2", value=9999.0, passed=None, measured_at=clock.now() + timedelta(seconds=5))
    (row,) = over(people["sre"], with_item(policies.in_force(QUICK), "G1.2", threshold=641.0)).rows
    assert row.change == "same"


def test_freshness_counts_at_the_decision_and_not_now(
    went: Callable[..., Review], people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    went()
    shorter = with_item(policies.in_force(QUICK), "G1.2", freshness=30)
    later = clock.now() + timedelta(days=365)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert [row.change for row in over(people["sre"], shorter).rows] == ["same"]


def test_reviews_out_of_sight_are_not_there_nor_counted(
    went: Callable[..., Review], people: dict[str, User]
) -> None:
    went()
    stranger = person("stranger", "sre", team=team("elsewhere", "other-service"))
    assert over(stranger).rows == () and over(stranger).total == 0


def test_a_union_is_replayed_with_the_other_profiles_as_they_were_pinned(
    people: dict[str, User], opened: Callable[..., Review], stopped: Callable[..., Review]
) -> None:
    key = {"kind": "key", "name": "byok", "to": {"version": "2"}}
    base = change_set()
    stopped(items=[*base["items"], key])
    (row,) = over(people["sre"], place="key-change").rows
    assert row.change == "same" and [one["name"] for one in row.decision.review.profiles] == [
        QUICK, "key-change",
    ]  # fmt: skip
    assert row.rules["G1.2"].threshold == 800.0


def test_where_another_profile_of_then_is_not_kept_it_cannot_be_told(
    people: dict[str, User], stopped: Callable[..., Review]
) -> None:
    key = {"kind": "key", "name": "byok", "to": {"version": "2"}}
    stopped(items=[*change_set()["items"], key])
    wanted = policies.in_force("key-change")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM policies_policyversion WHERE name = %s", [QUICK])
        cursor.execute("SET LOCAL session_replication_role = origin")
    (row,) = over(people["sre"], wanted, place="key-change").rows
    assert row.change == "unknown" and "not kept" in str(row.why)


def test_where_the_union_has_no_strictest_it_cannot_be_told(
    people: dict[str, User], stopped: Callable[..., Review]
) -> None:
    key = {"kind": "key", "name": "byok", "to": {"version": "2"}}
    stopped(items=[*change_set()["items"], key])
    other = with_item(policies.in_force("key-change"), "G1.2", unit="s", threshold=0.8)
    (row,) = over(people["sre"], other, place="key-change").rows
    assert row.change == "unknown" and "measure in different units" in str(row.why)


def test_pages_hold_every_review_once_the_latest_first(
    stopped: Callable[..., Review], people: dict[str, User]
) -> None:
    made = [stopped(None).code for _ in range(5)]
    seen, before = [], None
    for _ in range(3):
        page = over(people["sre"], before=before, limit=2)
        seen += [row.decision.review.code for row in page.rows]
        before = page.older
    assert seen == made[::-1] and before is None
    assert len(over(people["sre"], before="ORR-999999", limit=2).rows) == 2


def test_replaying_asks_no_source_and_writes_nothing(
    went: Callable[..., Review], people: dict[str, User]
) -> None:
    went()
    wanted = with_item(policies.in_force(QUICK), "G1.2", threshold=600.0)
    before = (Evidence.objects.count(), PolicyVersion.objects.count())
    with CaptureQueriesContext(connection) as asked:
        over(people["sre"], wanted)
    assert not [one["sql"] for one in asked if not one["sql"].lstrip().startswith(("SELECT", "WITH"))]
    assert (Evidence.objects.count(), PolicyVersion.objects.count()) == before


def test_the_questions_asked_of_the_database_grow_by_two_for_each_review_at_most(
    stopped: Callable[..., Review], people: dict[str, User]
) -> None:
    counts = []
    for _ in range(2):
        stopped(None)
        wanted = policies.in_force(QUICK)
        with CaptureQueriesContext(connection) as asked:
            over(people["sre"], wanted)
        counts.append(len(asked))
    assert counts[1] - counts[0] <= 1


def page(who: User, path: str, language: str = "en") -> str:
    client = Client(headers={"accept-language": language})
    client.force_login(who)
    answer = client.get(path)
    assert answer.status_code == 200, answer.content[-500:]
    return answer.content.decode()


def test_the_page_of_a_policy_shows_the_replay_of_a_file_before_it_is_signed(
    went: Callable[..., Review], people: dict[str, User], profile: Callable[..., str], settings: Any,
    tmp_path: Any,
) -> None:  # fmt: skip
    code = went().code
    assert "Would have been missed" not in page(people["sre"], f"/settings/profiles/{QUICK}")
    file = tmp_path / f"{QUICK}.toml"
    stricter = file.read_text() + '[items."G1.2"]\nthreshold = 639\nreason = "Faster."\n'
    file.write_text(stricter, encoding="utf-8")
    for language, words in (("en", "Would have been missed"), ("ko", "놓칠 변경")):
        text = page(people["sre"], f"/settings/profiles/{QUICK}", language)
        assert words in text and code in text and "640 ms" in text and "≤ 639 ms" in text
    text = page(people["sre"], f"/settings/profiles/{QUICK}/replay?show=all")
    assert code in text and "Fail" in text


def test_a_file_that_was_never_in_use_is_tried_in_the_place_of_another(
    went: Callable[..., Review], people: dict[str, User], tmp_path: Any
) -> None:
    code = went().code
    (tmp_path / "new.toml").write_text('version = 1\n[items."G1.2"]\nthreshold = 639\n', encoding="utf-8")
    assert "nothing to replay" in page(people["sre"], "/settings/profiles/new")
    assert code in page(people["sre"], f"/settings/profiles/new/replay?of={QUICK}")


@pytest.mark.parametrize(
    ("query", "status"),
    [("version=sha256:00", 404), ("version=nothing", 404), ("of=nothing", 404), ("before=x&show=x", 200),
     ("before=%00&of=standard", 200), ("of=%00", 404), ("version=%00", 404), ("version=in_force", 200)],
)  # fmt: skip
def test_bad_addresses_are_never_a_500(
    went: Callable[..., Review], people: dict[str, User], query: str, status: int
) -> None:
    went()
    client = Client()
    client.force_login(people["sre"])
    assert client.get(f"/settings/profiles/{QUICK}/replay?{query}").status_code == status


def test_nothing_of_reviews_out_of_sight_is_on_the_page(
    went: Callable[..., Review], people: dict[str, User]
) -> None:
    code = went().code
    stranger = person("stranger", "sre", team=team("elsewhere", "other-service"))
    assert code not in page(stranger, f"/settings/profiles/{QUICK}/replay?show=all")
