"""A profile's file that is wrong names the file, the line, the key, and what to do; nothing else breaks."""

from pathlib import Path
from typing import get_args

import pytest
from django.utils import translation
from pytest_django.fixtures import Settings

from orr import checks
from orr.changes.schema import Kind
from orr.lib.errors import Invalid
from orr.profiles import load
from orr.profiles.mistakes import dotted, line_of
from orr.profiles.schema import ITEM_KINDS


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.PLURA_PROFILES = str(tmp_path)
    return tmp_path


def said(folder: Path, text: str | bytes, name: str = "own") -> list[str]:
    data = text if isinstance(text, bytes) else text.encode()
    (folder / f"{name}.toml").write_bytes(data)
    with pytest.raises(Invalid) as refused:
        load.get(name)
    return [str(error.sentence) for error in refused.value.errors]


TITLE = 'version = 1\ntitle = { en = "Own", ko = "자체" }\n'
POLICY = "[policy]\nslots = ['sre', 'security']\ntimelock = 1\napprove_within = 60\nvalid_for = 60\n"


@pytest.mark.parametrize(
    ("text", "where", "todo"),
    [
        ('[items."G1.1"]\nthreshold = "fifteen"\n', 'line 4, at items."G1.1".threshold', "Write a number."),
        ("[items]\n'G1.1'.freshnes = 9\n", 'line 4, at items."G1.1".freshnes', "Known are: adopted"),
        ('[items."G1.1"]\ncomparator = "about"\n', 'line 4, at items."G1.1".comparator', "Write one of 'le'"),
        ('[items."G1.1"]\nfreshness = 0\n', 'line 4, at items."G1.1".freshness', "Write a number above 0."),
        ('[items."G1.1"]\nfreshness = 1.5\n', "in line 4", "Write a whole number."),
        ('[items."G1.1"]\nthreshold = inf\n', "in line 4", "a number that is not infinite"),
        ('[items."G1.1"]\nthreshold = nan\n', "in line 4", "a number that is not infinite"),
        ('[items."G1.1"]\nreason = " "\n', 'in line 3, at items."G1.1"', "write a reason"),
        ('[items."G1.1"]\nreason = "\\u0000"\n', 'line 4, at items."G1.1".reason', "control character"),
        ('[items."G2.3"]\nkinds = ["imagee"]\n', 'line 4, at items."G2.3".kinds', "Known are: image,"),
        ('[items."G9.1"]\ncomparator = "true"\nfreshness = 1\n', 'line 3, at items."G9.1"', "no item G9.1"),
        ("[items]\n'G1.1' = 3\n", 'in line 4, at items."G1.1"', "Write a table of keys and values."),
        ("items = 3\n", "in line 3, at items", "Write a table for each item"),
        ("unknown = 1\n", "in line 3, at unknown", "mend its name or take it out"),
        (POLICY.replace("timelock = 1\n", ""), "in line 3, at policy.timelock", "It is missing; write it."),
        (POLICY.replace("'security'", "'sre'"), "in line 3, at policy", "at least two different roles"),
        (POLICY.replace("valid_for = 60", "valid_for = 59"), "in line 7, at policy.valid_for", "at least 60"),
        ("[canary]\nobservation = 9\nstages = [{ percent = 0, seconds = 1 }]\n",
         "in line 5, at canary.stages[1].percent", "at least 1"),
        ('extends = "nothing"\n', "in line 3, at extends", "There is no profile “nothing”"),
        ("extends = 7\n", "in line 3, at extends", "There is no profile"),
        ('extends = "own"\n', "in line 3, at extends", "It extends itself: own → own."),
        ('name = "other"\n', "in line 3, at name", "called like its file"),
        ("= broken\n", "own.toml is wrong: It is no TOML", "line 3"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_what_to_do(
    folder: Path, text: str, where: str, todo: str
) -> None:
    found = said(folder, TITLE + text)
    assert "own.toml" in found[0] and where in found[0] and todo in found[0], found


def test_every_mistake_is_told_not_only_the_first(folder: Path) -> None:
    found = said(folder, TITLE + '[items."G1.1"]\nfreshness = 0\nthreshold = "x"\n')
    assert len(found) == 2 and "line 4" in found[0] + found[1] and "line 5" in found[0] + found[1]


def test_what_is_no_text_or_too_large_or_too_deep_is_refused(folder: Path) -> None:
    assert "no UTF-8" in said(folder, b"\xff\xfe")[0]
    assert "larger than 256 KiB" in said(folder, "#" + "x" * load.LARGEST)[0]
    assert "too deeply" in said(folder, "a = " + "[" * 100_000)[0]
    (folder / "folder.toml").mkdir()
    with pytest.raises(Invalid) as refused:
        load.get("folder")
    assert "cannot be read" in str(refused.value.errors[0].sentence)


def test_a_circle_by_way_of_others_is_one_short_sentence(folder: Path) -> None:
    (folder / "other.toml").write_text('extends = "own"\n' + TITLE)
    assert "own → other → own" in said(folder, 'extends = "other"\n' + TITLE)[0]


def test_the_mistake_of_a_parent_names_both_files(folder: Path) -> None:
    (folder / "parent.toml").write_text(TITLE + "unknown = 1\n")
    found = said(folder, 'extends = "parent"\n' + TITLE)[0]
    assert "own.toml" in found and "parent.toml" in found and "line 3" in found


def test_one_wrong_file_leaves_the_others_as_they_are(folder: Path) -> None:
    said(folder, "= broken")
    assert load.get("standard").name == "standard"


def test_the_system_check_names_a_wrong_file_and_a_folder_that_is_not_there(
    folder: Path, settings: Settings
) -> None:
    assert checks.profiles() == []
    said(folder, TITLE + "unknown = 1\n")
    assert [one.id for one in checks.profiles()] == ["orr.W031"]
    assert "own.toml" in checks.profiles()[0].msg
    settings.PLURA_PROFILES = str(folder / "nowhere")
    assert [one.id for one in checks.profiles()] == ["orr.E030"]
    settings.PLURA_PROFILES = str(settings.STATE / "profiles")
    assert checks.profiles() == []


def test_it_is_said_in_korean_too(folder: Path) -> None:
    with translation.override("ko"):
        found = said(folder, TITLE + '[items."G1.1"]\nthreshold = "fifteen"\n')[0]
    assert "own.toml" in found and "4" in found and "Write" not in found and "wrong" not in found


def test_kinds_that_a_profile_may_name_are_those_of_change_sets() -> None:
    assert get_args(Kind) == ITEM_KINDS


def test_a_key_is_written_as_toml_writes_it_and_found_where_it_stands() -> None:
    assert dotted(("items", "G1.1", "threshold")) == 'items."G1.1".threshold'
    text = "a.b = 1\n[a]\nc = 2 # [x]\n[[d]]\ne = 3\n"
    assert line_of(text, ("a", "b")) == 1 and line_of(text, ("a", "c")) == 3
    assert line_of(text, ("d", "e")) == 5 and line_of(text, ("z",)) is None
