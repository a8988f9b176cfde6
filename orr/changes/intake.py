"""From what was sent to a change set, or to the list of every place that is wrong."""

from typing import Any

from pydantic import ValidationError

from orr.changes.schema import ChangeSetIn
from orr.lib.canonical import canonical_bytes
from orr.lib.errors import FieldError, Invalid
from orr.lib.sentence import Sentence, say

_WORDS = {
    "missing": "This field is required.",
    "extra_forbidden": "There is no such field.",
    "string_too_short": "This is too short: at least %(min_length)s characters.",
    "string_too_long": "This is too long: at most %(max_length)s characters.",
    "too_short": "At least %(min_length)s entries are needed.",
    "too_long": "At most %(max_length)s entries are allowed.",
    "string_type": "This has to be a text.",
    "list_type": "This has to be a list.",
    "int_type": "This has to be a whole number.",
    "model_type": "This has to be an object.",
    "model_attributes_type": "This has to be an object.",
    "literal_error": "This has to be one of %(expected)s.",
    "string_pattern_mismatch": "This does not have the form %(pattern)s.",
    "timezone_aware": "A time needs its zone (RFC 3339).",
    "datetime_from_date_parsing": "This is no time (RFC 3339).",
    "datetime_parsing": "This is no time (RFC 3339).",
    "datetime_type": "This is no time (RFC 3339).",
}


def parse(sent: Any, at: str = "") -> ChangeSetIn:
    """The valid change set. Raises Invalid with a JSON pointer (RFC 6901) below `at` for each wrong place."""
    if not isinstance(sent, dict):
        raise Invalid([FieldError(at or "/", say("A change set has to be a JSON object."))])
    try:
        if b"\\u0000" in canonical_bytes(sent):
            nul = say("A text holds the character U+0000, which cannot be kept.")
            raise Invalid([FieldError(at or "/", nul)])
        return ChangeSetIn.model_validate(sent)
    except ValidationError as error:
        raise Invalid(field_errors(error, at)) from error
    except (ValueError, RecursionError) as error:
        raise Invalid([FieldError(at or "/", say("This cannot be written as canonical JSON."))]) from error


def field_errors(error: ValidationError, at: str = "") -> list[FieldError]:
    """Every wrong place of a pydantic error as pointer and sentence; at most 50."""
    found = []
    for one in error.errors(include_url=False)[:50]:
        pointer = at + "".join(f"/{_escaped(part)}" for part in one["loc"])
        found.append(FieldError(pointer or "/", _sentence(one)))
    return found


def _sentence(one: Any) -> Sentence:
    words = _WORDS.get(one["type"])
    if words is None:
        return say("%(why)s", why=str(one["msg"]).removeprefix("Value error, ")[:300])
    context = {key: str(value) for key, value in one.get("ctx", {}).items()}
    return say(words, **context)


def _escaped(part: object) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")
