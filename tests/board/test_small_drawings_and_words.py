"""Meters, sparklines, lanes and the wording of times: numbers in, the same picture out."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone, translation

from orr.board import filters, marks, moments
from orr.board.stages import following, stages
from tests.board.facts_fixture import facts

AT = datetime(2026, 11, 22, 14, 8, 3, tzinfo=UTC)


@pytest.mark.parametrize(("ratio", "fill"), [(0.0, 0), (0.75, 42), (1.0, 56), (7.0, 56), (-1.0, 0)])
def test_a_meter_stays_inside_its_bar(ratio: float, fill: float) -> None:
    drawn = marks.meter(ratio)
    assert drawn is not None
    assert (drawn.fill, drawn.threshold) == (fill, 42)


def test_without_a_scale_there_is_no_meter() -> None:
    assert marks.meter(None) is None


def test_a_sparkline_needs_two_points_and_keeps_its_threshold_in_the_picture() -> None:
    assert marks.spark([1]) is None
    line = marks.spark([600, 610, 640], 800)
    assert line is not None
    assert line.limit == 3
    assert 3 <= line.y <= 19


def test_a_flat_line_is_drawn_not_divided_by_zero() -> None:
    line = marks.spark([0, 0, 0])
    assert line is not None
    assert line.y == 19


def test_a_lane_never_leaves_the_five_minutes() -> None:
    late = marks.lane(
        AT + timedelta(seconds=250), AT + timedelta(seconds=900), AT, AT + timedelta(seconds=900), False
    )
    assert late is not None
    assert late.x + late.width <= 300
    assert late.now is None


def test_a_key_that_has_not_begun_has_no_bar_but_a_now() -> None:
    waiting = marks.lane(None, None, AT, AT + timedelta(seconds=108), True)
    assert waiting is not None
    assert (waiting.width, waiting.now) == (0, 108)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "00:00"), (582, "09:42"), (3600, "1:00:00"), (-5, "00:00"), (None, "–")]
)
def test_clocks(seconds: int | None, words: str) -> None:
    assert moments.clock(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(600, "10 min"), (14400, "4 h"), (90, "90 s"), (172800, "2 d"), (0, "0 s")]
)
def test_spans_in_their_largest_whole_unit(seconds: int, words: str) -> None:
    assert moments.span(seconds) == words


def test_times_are_in_the_readers_zone_and_utc_on_hover() -> None:
    with timezone.override("Asia/Seoul"):
        assert moments.when(AT, AT) == "23:08"
        assert moments.when(AT - timedelta(days=1), AT) == "21 Nov 23:08"
    assert moments.utc(AT) == "2026-11-22 14:08:03 UTC"
    assert moments.iso("2026-11-22T14:08:03.250Z") == "2026-11-22T14:08:03.250Z"


def test_ages_in_one_unit() -> None:
    assert [moments.age(AT - timedelta(seconds=s), AT) for s in (5, 125, 7300, 200_000)] == [
        "now",
        "2 min",
        "2 h",
        "2 d",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sha256:" + "9f2c" + "0" * 56 + "41ab", "9f2c…41ab"),
        ("v4.0.2", "v4.0.2"),
        (None, ""),
        ("x" * 40, "xxxxxxxxxx…xxxxxx"),
    ],
)
def test_digests_are_short_and_other_words_stay(text: str | None, words: str) -> None:
    assert filters.short(text) == words


def test_a_digest_in_groups_of_four_loses_nothing() -> None:
    digest = "d41b7c9025ae63f81b0de45a97c23e16f80b5a74cd2906e1b3f7482c90d56e07"
    assert "".join(filters.fours("sha256:" + digest)) == digest


def test_a_profiles_title_follows_the_language() -> None:
    title = {"en": "Model update", "ko": "모델 업데이트"}
    with translation.override("ko"):
        assert filters.in_language(title) == "모델 업데이트"
    with translation.override("en"):
        assert filters.in_language(title) == "Model update"


def test_stages_are_those_of_the_profile_with_what_was_said() -> None:
    f = facts("rolling_out")
    found = stages(f["canary"], f["rollout"])
    assert [(stage["percent"], stage["s"]) for stage in found] == [(5, "pass"), (25, "run"), (100, "wait")]
    assert following(found) == 100
    assert found[0]["ended_at"] == found[1]["started_at"]


def test_before_a_rollout_every_stage_waits() -> None:
    assert {stage["s"] for stage in stages(facts("effective")["canary"], None)} == {"wait"}
