"""Rendering a message with a review's facts: plain text, and nothing that was left open."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from orr.lib.errors import OrrError
from orr.lib.sentence import Sentence, say
from orr.messages.catalogue import LANGUAGES, MESSAGES

TEXTS = Path(__file__).parent / "texts"
_PLACEHOLDER = re.compile(
    r"\{\{|\}\}|\{%|%\}|\bTODO\b|\bTBD\b|\bFIXME\b|\bXXX+\b|<[A-Z_ ]{3,}>|\[[A-Z_ ]{3,}\]|_{4,}"
)
_HEADING = re.compile(r"^## (.+?)\s*$", re.MULTILINE)


class NotReady(OrrError):
    """The message cannot be sent as it is."""

    status = 409
    slug = "message-not-ready"


@dataclass(frozen=True)
class Message:
    """A rendered message: its language, subject line and text."""

    name: str
    language: str
    subject: str
    text: str


def render(name: str, language: str, change_set: Mapping[str, Any], reference: str) -> Message:
    """The message in that language. Raises NotReady: a missing fact, a section or a placeholder left."""
    words = {"name": name, "language": language}
    try:
        template = _environment().get_template(f"{name}.{language}.txt")
        text = template.render(change=_Facts(change_set), reference=reference)
    except TemplateError as error:
        why = str(error)[:200]
        raise NotReady(
            say("The message %(name)s (%(language)s) does not render: %(why)s", why=why, **words)
        ) from error
    wrong = problem(name, language, text, change_set)
    if wrong is not None:
        raise NotReady(wrong)
    subject, _, rest = text.partition("\n")
    return Message(name, language, subject.removeprefix("# ").strip(), rest.strip() + "\n")


def problem(name: str, language: str, text: str, change_set: Mapping[str, Any]) -> Sentence | None:
    """What keeps the rendered text from being sent, None for nothing."""
    words = {"name": name, "language": language}
    missing = [one for one in MESSAGES[name][language] if one not in _HEADING.findall(text)]
    if missing:
        return say(
            "The message %(name)s (%(language)s) lacks the section “%(section)s”.",
            section=missing[0],
            **words,
        )
    if not text.startswith("# ") or any(not part.strip() for part in _HEADING.split(text)[2::2]):
        return say("The message %(name)s (%(language)s) has an empty section or no subject.", **words)
    left = _PLACEHOLDER.search(_without_own_words(text, change_set))
    if left is not None:
        words["left"] = left.group(0)
        return say("The message %(name)s (%(language)s) still holds a placeholder: %(left)s", **words)
    return None


def render_all(change_set: Mapping[str, Any], reference: str, names: tuple[str, ...]) -> list[Message]:
    """Those messages in every language. Raises NotReady for the first that is not ready."""
    return [render(name, language, change_set, reference) for name in names for language in LANGUAGES]


class _Facts(dict[str, Any]):
    """A change set whose optional fields read as empty; a field that does not exist stays undefined."""

    def __init__(self, change_set: Mapping[str, Any]) -> None:
        optional = dict.fromkeys(
            ("purpose", "expected_outcome", "risk", "mitigation", "planned_start", "planned_end",
             "release_notes_url", "service_ids", "contacts"), "",
        )  # fmt: skip
        super().__init__(
            {**optional, **{key: value for key, value in change_set.items() if value is not None}}
        )


def _without_own_words(text: str, change_set: Mapping[str, Any]) -> str:
    """The text without what people wrote into the change set: their brackets are no placeholders of ours."""
    for value in sorted((v for v in change_set.values() if isinstance(v, str) and v), key=len, reverse=True):
        text = text.replace(value, "")
    for item in change_set.get("items", ()):
        text = text.replace(str(item.get("name", "")) or "\0", "")
    return text


def _moment(value: str) -> str:
    return datetime.fromisoformat(value).strftime("%Y-%m-%d %H:%M %Z")


def _environment() -> Environment:
    # Plain text: markup would be escaped where it is shown, not here.
    environment = Environment(  # noqa: S701
        loader=FileSystemLoader(TEXTS), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["moment"] = _moment
    return environment
