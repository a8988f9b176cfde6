"""The lanes of a review's course: only what was recorded, to scale, with no label over another."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from orr.accounts.models import User
from orr.board import lanes, moments, reading, story, story_chart
from orr.board.lanes import LEFT, RIGHT, WIDTH, Mark, Span, Text, draw, width
from orr.decisions import actions, executor
from orr.decisions.models import Decision
from orr.exits import actions as exits
from orr.guards import contracts
from orr.lib import clock
from orr.lib.met import Met
from orr.reviews.acts import find
from orr.reviews.models import Review
from tests.board.facts_fixture import facts
from tests.board.moment_fixture import NOW
from tests.board.test_every_page_opens import assert_sound
from tests.factories.break_glass import profile_file, signed, waiting
from tests.factories.decisions import propose

AT = datetime(2026, 11, 22, 13, 50, tzinfo=UTC)
SEOUL = ZoneInfo("Asia/Seoul")
WORDS = st.text("abc 12가나", max_size=30)
SECONDS = st.integers(0, 400_000)
People = dict[str, User]


def at(seconds: int) -> datetime:
    return AT + timedelta(seconds=seconds)


SPANS = st.lists(
    st.builds(
        lambda lane, start, took, words, beside: Span(lane, at(start), at(start + took), "s", words, beside),
        st.integers(0, 3), SECONDS, SECONDS, WORDS, st.booleans(),
    ),
    max_size=12,
)  # fmt: skip
MARKS = st.lists(
    st.builds(
        lambda lane, when, words, beside, strong: Mark(lane, at(when), "pt", words, beside, strong),
        st.integers(0, 3), SECONDS, WORDS, st.booleans(), st.booleans(),
    ),
    max_size=20,
)  # fmt: skip


def overlapping(texts: Sequence[Text]) -> list[tuple[str, str]]:
    """The pairs of labels that stand over each other on one line, each as wide as its words are."""
    lines: dict[float, list[tuple[float, float, str]]] = {}
    for text in texts:
        wide = width(text.words)
        left = text.x - {"start": 0.0, "middle": wide / 2, "end": wide}[text.anchor]
        lines.setdefault(text.y, []).append((left, left + wide, text.words))
    ordered = (sorted(line) for line in lines.values())
    return [(a[2], b[2]) for line in ordered for a, b in pairwise(line) if b[0] < a[1]]


@given(SPANS, MARKS)
def test_no_label_stands_over_another_and_all_of_it_is_inside(spans: list[Span], marks: list[Mark]) -> None:
    drawn = draw(4, spans, marks, SEOUL, moments.hour)
    if drawn is None:
        assert not any(span.end > span.start for span in spans)
        return
    assert overlapping(drawn.texts) == []
    assert all(LEFT <= x <= RIGHT for _kind, x, _y in drawn.dots)
    assert all(x >= LEFT and x + width <= RIGHT + 2 for _kind, x, _y, width in drawn.bars)
    assert all(text.left >= LEFT - 7 and text.right <= WIDTH for text in drawn.texts)


@given(SECONDS.filter(lambda took: took > 60))
def test_ticks_begin_and_end_with_the_time_and_keep_apart(took: int) -> None:
    drawn = draw(1, [Span(0, AT, at(took), "s")], [], SEOUL, moments.hour)
    assert drawn is not None
    assert (drawn.ticks[0][0], drawn.ticks[-1][0]) == (LEFT, RIGHT)
    assert all(
        b[0] - a[0] >= lanes.width("00:00") for a, b in zip(drawn.ticks, drawn.ticks[1:], strict=False)
    )


def test_lengths_are_to_scale() -> None:
    drawn = draw(2, [Span(0, AT, at(600), "a"), Span(1, at(600), at(1200), "b")], [], SEOUL, moments.hour)
    assert drawn is not None
    [(_a, x, _y, width), (_b, x2, _y2, width2)] = drawn.bars
    assert (x, width, x2, width2) == (LEFT, 348.0, LEFT + 348, 348.0)


def test_where_nothing_lasts_there_is_no_chart() -> None:
    assert draw(4, [], [Mark(0, AT, "pt"), Mark(3, at(60), "ok")], SEOUL, moments.hour) is None
    assert draw(4, [Span(0, AT, AT, "s")], [], SEOUL, moments.hour) is None


def test_a_label_without_room_is_left_out_and_the_strong_one_stays() -> None:
    crowded = [Mark(0, at(n), "pt", f"Signature {n}", beside=True) for n in range(5)]
    end = Mark(0, at(5), "end", "No-Go", beside=True, strong=True)
    drawn = draw(1, [Span(0, AT, at(3600), "s")], [*crowded, end], SEOUL, moments.hour)
    assert drawn is not None
    assert len(drawn.texts) < 6
    assert "No-Go" in [text.words for text in drawn.texts]


def kinds(f: dict[str, Any]) -> set[str]:
    drawn = story_chart.chart(f, [])
    assert drawn is not None
    return {kind for kind, *_rest in drawn["drawn"].bars}


def test_stages_are_drawn_as_they_were_reached_and_an_exit_ends_them() -> None:
    pill = {"pill": {"word": "prod:stable"}}
    stages = [
        {"percent": 5, "started_at": NOW - timedelta(minutes=20), "ended_at": NOW - timedelta(minutes=12)},
        {"percent": 100, "started_at": NOW - timedelta(minutes=12), "ended_at": None},
        {"percent": 100, "started_at": None, "ended_at": None},
    ]
    running = facts("rolling_out") | pill
    running["rollout"]["stages"] = stages
    assert {"seg1", "seg3"} <= kinds(running) and "bad" not in kinds(running)
    back = {"started_at": NOW - timedelta(minutes=5), "ended_at": None, "state": "running"}
    assert "bad" in kinds(running | {"exit": back, "state": "exiting"})


@pytest.fixture
def review(people: People, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Review:
    """A review that can be decided, opened an hour ago."""
    settings.PLURA_PROFILES = str(tmp_path)
    monkeypatch.setattr(contracts, "answers", lambda _guard: Met())
    return waiting(profile_file(tmp_path, timelock=0), people["release_manager"])


def chart(review: Review, who: User) -> Any:
    f = reading.facts(review.code, who)
    return story_chart.chart(f, story.acts(find(review.code), f))


def words(drawn: Any) -> list[str]:
    return [text.words for text in drawn["drawn"].texts]


def test_the_end_says_no_go(review: Review, people: People) -> None:
    actions.record_no_go(code=review.code, reason="Slow.", actor=people["sre"])
    drawn = chart(review, people["sre"])
    assert "No-Go" in words(drawn) and "No-Go" in drawn["title"]


def test_the_end_says_withdrawn(review: Review, people: People) -> None:
    exits.start(code=review.code, actor=people["release_manager"], reason="Not now.")
    assert "Review withdrawn" in words(chart(review, people["sre"]))


def test_the_end_says_expired(review: Review, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    proposal = propose(review, people["release_manager"])
    later = proposal.approve_by + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert "Proposal expired" in words(chart(review, people["sre"]))


def test_an_effect_and_its_signers_are_drawn_and_told(review: Review, people: People) -> None:
    signed(propose(review, people["release_manager"]), people["sre"], people["security"])
    assert isinstance(executor.take_effect(review.code), Decision)
    drawn = chart(review, people["sre"])
    dots = [kind for kind, *_place in drawn["drawn"].dots]
    assert dots.count("pt") >= 4 and "end" in dots
    assert any("Security" in one and "Proposal signed" in one for one in drawn["told"])


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_page_shows_it_with_its_words(
    review: Review, people: People, browser: Callable[..., Client], language: str
) -> None:
    actions.record_no_go(code=review.code, reason="Slow.", actor=people["sre"])
    text = assert_sound(browser("sre", language), f"/orr/{review.code}/story")
    assert 'class="plot course"' in text and "<desc" in text and "style=" not in text
