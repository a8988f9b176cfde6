"""What is drawn fits its columns, says every colour in words, and shows only what is in trouble."""

import re
from typing import Any

import pytest

from orr.cli import drawing
from orr.cli.paint import Paint, cells, pad, printable
from orr.cli.verdict import last_line

PLAIN, COLOURED = Paint(on=False), Paint(on=True)


def item(code: str, verdict: str, **changed: Any) -> dict[str, Any]:
    """One item of a checklist."""
    return {
        "code": code, "title": "Search p95", "verdict": verdict, "value": 612.0, "unit": "ms",
        "display": "612 ms", "threshold_display": "≤ 800 ms", "reason": "", **changed,
    }  # fmt: skip


def review(*verdicts: str, **changed: Any) -> dict[str, Any]:
    """A checklist with one item per verdict in eight gates."""
    made = [item(f"G{n % 8 + 1}.1", verdict) for n, verdict in enumerate(verdicts)]
    gates = []
    for n in range(1, 9):
        inside = [one for one in made if one["code"].startswith(f"G{n}.")]
        verdict = inside[0]["verdict"] if inside else "not_applicable"
        gates.append({"number": n, "title": "SLO/synthetics", "verdict": verdict, "items": inside})
    return {
        "id": "ORR-0142", "title": "Model v4 + search configuration", "environment": "prod-kr",
        "state": "checking", "profiles": [{"name": "model-update", "version": 7}], "gates": gates,
        "options": [], "approval": None, "decision": None,
        "exit": None, "next": {"sentence": "", "who": ""}, **changed,
    }  # fmt: skip


def test_korean_letters_take_two_columns() -> None:
    assert cells("한국 ab") == 7
    assert cells(pad("한국어 제목이 아주 길다", 12)) == 12
    assert pad("short", 8) == "short   "


def test_colours_take_no_columns_and_are_never_cut_in_two() -> None:
    painted = COLOURED.mark("ok", 4) + "gate"
    assert cells(painted) == 8
    assert pad(painted, 10) == painted + "  "
    assert "\x1b" not in pad(painted, 6)


def test_text_of_others_cannot_move_the_cursor_or_forge_a_line() -> None:
    forged = printable("a\x1b[2Kb\rc\nd\u202e")
    assert not re.search(r"[\x00-\x1f\x7f\u202e]", forged)


def test_the_heading_fits_eighty_columns_with_the_longest_title() -> None:
    line = drawing.heading(review(title="제목 " * 40))
    assert cells(line.partition("  prod-kr")[0]) == 54


def test_gates_stand_in_four_lines_of_two_in_fixed_seats() -> None:
    lines = drawing.gate_cells(review(*["green"] * 8), PLAIN, mark_first=True)
    assert len(lines) == 4
    assert [re.findall(r"[1-8] SLO", line) for line in lines] == [
        ["1 SLO", "5 SLO"], ["2 SLO", "6 SLO"], ["3 SLO", "7 SLO"], ["4 SLO", "8 SLO"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("verdict", "mark"),
    [
        ("green", "ok"),
        ("red", "X"),
        ("stale", "!"),
        ("error", "!"),
        ("pending", ".."),
        ("not_applicable", "na"),
    ],
)
def test_every_colour_stands_beside_its_word(verdict: str, mark: str) -> None:
    bare = re.sub(r"\x1b\[[0-9;]*m", "", drawing.item_line(item("G1.2", verdict), COLOURED))
    assert bare == drawing.item_line(item("G1.2", verdict), PLAIN)
    assert bare.split()[0] == mark


def test_no_line_of_an_item_is_wider_than_the_terminal() -> None:
    long = "This waits for a question to the policy engine, and says so at great length to whoever asks. " * 3
    for verdict in ("pending", "error", "red", "stale", "green"):
        drawn = drawing.item_line(item("G1.2", verdict, reason=long, title="제목 " * 30), PLAIN)
        assert cells(drawn) <= 80
    assert all(cells(line) <= 80 for line in drawing.wrapped("What blocks", long))


def test_without_colour_there_is_no_escape_at_all() -> None:
    assert "\x1b" not in "".join(drawing.gate_cells(review("red", "green"), PLAIN, mark_first=False))


def test_red_says_that_only_no_go_is_possible_and_that_nothing_is_recorded_yet() -> None:
    mark, sentence = last_line(review("red", "green"))
    assert (mark, "only No-Go is possible" in sentence) == ("..", True)


def test_what_is_possible_is_one_sentence() -> None:
    options = [
        {"decision": d, "possible": d != "go", "reasons": []} for d in ("go", "go_with_guards", "no_go")
    ]
    assert drawing.options_line(review("green", options=options)) == "Go with Guards is possible"
    assert "not decidable" in drawing.options_line(review("pending"))


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (222.4, "3:42"), (3723, "1:02:03"), (None, "-"), (-5, "0:00")]
)
def test_spans_read_as_clocks(seconds: float | None, text: str) -> None:
    assert drawing.span(seconds) == text


def test_the_bar_is_full_only_when_all_is_there() -> None:
    assert drawing.bar(25, 26).count("#") == 25
    assert drawing.bar(26, 26, 10) == "[" + "#" * 10 + "]"
    assert drawing.bar(0, 0, 4) == "[....]"
