"""A deployment that waits for a review shows on its page what it was answered, or why not yet."""

from typing import Any

import pytest
from django.template.loader import get_template

from tests.board.facts_fixture import facts
from tests.board.moment_fixture import NOW

ASK = {
    "source": "github", "repository": "acme/search", "environment": "production", "number": "4242",
    "commit": "5f0c2d9a4b7e1c8d3a6f5e4b2c1d0e9f8a7b6c5d", "asked_at": NOW, "state": "open", "approved": None,
    "why": None, "reason": None, "attempts": 0, "decided_at": None, "ended_at": None,
}  # fmt: skip


def shown(**over: Any) -> str:
    """The section as the rail of the board draws it."""
    module = get_template("components/rail.html", using="jinja2").template.module  # type: ignore[attr-defined]
    return str(module.answered(facts(answers=[{**ASK, **over}])))


@pytest.mark.parametrize(
    ("over", "words", "never"),
    [
        ({}, ["waits for the decision", "4242", "5f0c…6c5d"], ["approved", "refused"]),
        ({"state": "waiting", "approved": True}, ["approval not sent yet"], [">approved"]),
        (
            {
                "state": "waiting",
                "approved": False,
                "reason": "github answered with status 503.",
                "attempts": 3,
            },
            ["refusal not sent yet", "status 503", "Tried 3 times; it goes on."],
            ["by hand"],
        ),
        ({"state": "sent", "approved": True, "ended_at": NOW}, ["approved", "<time"], ["not sent"]),
        ({"state": "sent", "approved": False, "ended_at": NOW}, ["refused", "<time"], [">approved"]),
        (
            {"state": "failed", "approved": True, "reason": "<b>422</b>"},
            ["approval could not be sent", "&lt;b&gt;422", "by hand"],
            [">approved", "<b>422"],
        ),
    ],
)
def test_each_state_has_its_words(over: dict[str, Any], words: list[str], never: list[str]) -> None:
    page = shown(**over)
    assert [word for word in words if word not in page] == []
    assert [word for word in never if word in page] == []


def test_without_one_there_is_no_section() -> None:
    module = get_template("components/rail.html", using="jinja2").template.module  # type: ignore[attr-defined]
    assert str(module.answered(facts())).strip() == ""
