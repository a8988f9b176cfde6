"""What templates may do to a value: shorten a digest, write a number, pick an icon."""

import json
import re
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import get_language

from orr.board import words

HEX = re.compile(r"(?:sha256:)?([0-9a-f]{16,64})$")


def short(digest: Any) -> str:
    """`9f2c…41ab`: the first and last four digits of a digest; what is no digest is cut at 18 characters."""
    text = str(digest or "")
    found = HEX.match(text)
    if found:
        return f"{found[1][:4]}…{found[1][-4:]}"
    return text if len(text) <= 18 else f"{text[:10]}…{text[-6:]}"


def fours(digest: Any) -> list[str]:
    """The digits of a digest in groups of four, as an eye compares them."""
    digits = str(digest or "").removeprefix("sha256:")
    return [digits[i : i + 4] for i in range(0, len(digits), 4)]


def number(value: Any, places: int | None = None) -> str:
    """A number in the reader's language, thousands grouped; None is a dash."""
    if value is None:
        return "–"
    if isinstance(value, float) and places is None:
        value, places = round(value, 4), None
        value = int(value) if value == int(value) else value
    return number_format(value, decimal_pos=places, use_l10n=True, force_grouping=True)


def kind_icon(kind: Any) -> str:
    """The icon of a change-set item's kind."""
    return words.KINDS.get(str(kind), "doc")


def initial(name: Any) -> str:
    """The first letter of a name, for the round mark."""
    return (str(name or "?").strip() or "?")[0].upper()


def plain_value(value: Any) -> str:
    """A guard's or key's value as a person writes it; structures as compact JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "), sort_keys=True)


def brief_value(value: Any) -> str:
    """A value of a change set in a difference: digests shortened, long texts cut; none is a dash."""
    if value is None:
        return "–"
    text = str(value)
    return short(text) if HEX.match(text) else text if len(text) <= 60 else f"{text[:57]}…"


def in_language(title: Any) -> str:
    """A title that a profile states as `{"en", "ko"}`, in the active language."""
    if not isinstance(title, dict):
        return str(title or "")
    return str(title.get(get_language() or "en") or title.get("en") or "")
