"""G7.1: what would be sent renders in both languages, whole, from any change set that is accepted."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from evidence.collectors.templates import Templates
from evidence.contract import Query, Reading, Window
from orr.messages import render as rendering
from orr.messages.catalogue import LANGUAGES, MESSAGES
from orr.messages.render import NotReady, render
from tests.evidence.conftest import CHANGE_SET, facts_of, rule

FULL = {
    **CHANGE_SET,
    "expected_outcome": "Better results first.",
    "mitigation": "The old model is one switch away.",
    "planned_start": "2026-11-22T14:30:00+09:00",
    "planned_end": "2026-11-22T15:10:00+09:00",
    "release_notes_url": "https://example.org/notes",
    "contacts": {"csm": "Kim"},
}


def collect(**changes: Any) -> Reading:
    window = Window.before(datetime(2026, 11, 22, tzinfo=UTC), 1)
    return Templates().collect(Query("G7.1", rule("G7.1"), facts_of(**changes)), window)


@pytest.mark.parametrize("change_set", [CHANGE_SET, FULL, {**FULL, "planned_start": None, "contacts": None}])
@pytest.mark.parametrize("name", MESSAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_renders(change_set: dict[str, Any], name: str, language: str) -> None:
    message = render(name, language, change_set, "ORR-0001")
    assert change_set["title"] in message.subject
    for heading in MESSAGES[name][language]:
        assert f"## {heading}\n" in message.text
    assert change_set["summary"] in message.text
    assert "{{" not in message.text
    assert "\n\n\n" not in message.text


def test_the_facts_are_in_it() -> None:
    text = render("announcement", "en", FULL, "ORR-0001").text
    for fact in (
        "2026-11-22 14:30",
        "Better results first.",
        "one switch away",
        "search-api",
        "Kim",
        "ORR-0001",
    ):
        assert fact in text


def test_ready_is_green() -> None:
    found = collect(**FULL)
    assert (found.passed, found.text, found.measured_on) == (True, "4 / 4", "candidate")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("# {{ change.title }}\n## Now\nx\n## Impact\nTODO\n## Next update\nsoon\n", "placeholder"),
        ("# {{ change.title }}\n## Now\nx\n## Impact\nx\n## Next update\n<DATE>\n", "placeholder"),
        (
            "# {{ change.title }}\n## Now\nx\n## Impact\nx\n## Next update\n{{ '{{' }} when }}\n",
            "placeholder",
        ),
        ("# {{ change.title }}\n## Now\nx\n## Impact\nx\n", "Next update"),
        ("# {{ change.title }}\n## Now\nx\n## Impact\n\n## Next update\nsoon\n", "empty section"),
        ("## Now\nx\n## Impact\nx\n## Next update\nsoon\n", "no subject"),
        ("# {{ change.tittle }}\n## Now\nx\n## Impact\nx\n## Next update\nsoon\n", "does not render"),
        ("# {{ change.title \n", "does not render"),
    ],
)
def test_a_broken_template_is_red_and_says_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, broken: str, said: str
) -> None:
    for file in rendering.TEXTS.iterdir():
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "status.en.txt").write_text(broken, encoding="utf-8")
    monkeypatch.setattr(rendering, "TEXTS", tmp_path)
    found = collect()
    assert (found.passed, found.text) == (False, "3 / 4")
    assert said in str(found.detail)
    with pytest.raises(NotReady):
        render("status", "en", CHANGE_SET, "ORR-0001")


def test_peoples_own_words_are_no_placeholders() -> None:
    assert collect(summary="Fixes TODO handling in {{ templates }}", title="Remove <OLD_FLAG>").passed is True


def test_a_summary_cannot_run_as_a_template() -> None:
    text = render("status", "en", {**CHANGE_SET, "summary": "{{ 7 * 7 }}"}, "ORR-0001").text
    assert "{{ 7 * 7 }}" in text
    assert "49" not in text
