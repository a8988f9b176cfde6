"""What is wrong in a profile's file, in sentences: which file and line, which key, and what to do (pure)."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from orr.lib.errors import FieldError
from orr.lib.sentence import Sentence, say
from orr.profiles.schema import BreakGlass, Canary, Policy, Profile, Recovery, Risk, Rule, Stage, Title, Wrong

MOST = 20
Place = tuple[Any, ...]
_WORDS = {
    "missing": say("It is missing; write it."),
    "literal_error": say("Write one of %(expected)s."),
    "bool_type": say("Write true or false."),
    "bool_parsing": say("Write true or false."),
    "int_type": say("Write a whole number."),
    "int_parsing": say("Write a whole number."),
    "int_from_float": say("Write a whole number."),
    "float_type": say("Write a number."),
    "float_parsing": say("Write a number."),
    "finite_number": say("Write a number that is not infinite."),
    "string_type": say("Write a text in quotes."),
    "string_too_short": say("Write at least %(min_length)s characters."),
    "string_too_long": say("Write at most %(max_length)s characters."),
    "tuple_type": say("Write a list in brackets."),
    "dict_type": say("Write a table of keys and values."),
    "model_type": say("Write a table of keys and values."),
    "too_short": say("Write at least %(min_length)s of them."),
    "too_long": say("Write at most %(max_length)s of them."),
    "greater_than": say("Write a number above %(gt)s."),
    "greater_than_equal": say("Write a number of at least %(ge)s."),
    "less_than_equal": say("Write a number of at most %(le)s."),
}
_SHAPES: dict[str, type[BaseModel]] = {
    "policy": Policy, "canary": Canary, "risk": Risk, "recovery": Recovery, "title": Title,
    "break_glass": BreakGlass, "stages": Stage,
}  # fmt: skip


class Misstated(ValueError):
    """What a file says cannot be taken; `place` is where, key by key."""

    def __init__(self, sentence: Sentence, *place: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.place = place


def told(error: Exception, file: str, text: str) -> list[FieldError]:
    """Every mistake that the error names, at most 20: its file, its line where it has one, its key."""
    found = list(_found(error))[:MOST]
    return [FieldError("/profile", _sentence(file, line_of(text, place), place, why)) for place, why in found]


def _found(error: Exception) -> Iterator[tuple[Place, Sentence]]:
    if isinstance(error, ValidationError):
        for one in error.errors(include_url=False, include_input=False):
            yield one["loc"], _what(one)
    elif isinstance(error, Misstated):
        yield error.place, error.sentence
    elif isinstance(error, tomllib.TOMLDecodeError):
        yield (), say("It is no TOML: %(why)s. Mend it there.", why=str(error)[:200])
    elif isinstance(error, OSError):
        yield (), say("It cannot be read (%(why)s); let this service read it.", why=error.strerror or "–")
    elif isinstance(error, UnicodeDecodeError):
        yield (), say("It is no UTF-8 text; save it as UTF-8.")
    elif isinstance(error, RecursionError):
        yield (), say("It is nested too deeply, or extends itself in a circle.")
    else:
        yield (), say("It cannot be read: %(why)s", why=str(error)[:300])


def _what(one: Any) -> Sentence:
    said = one.get("ctx", {}).get("error")
    if isinstance(said, Wrong):
        return said.sentence
    if one["type"] == "extra_forbidden":
        known = ", ".join(sorted(_shape(one["loc"]).model_fields))
        return say("There is no such key; mend its name or take it out. Known are: %(keys)s.", keys=known)
    words = _WORDS.get(one["type"])
    if words is None:
        return say("%(why)s", why=str(one["msg"])[:300])
    return Sentence(words.msgid, {name: _plain(value) for name, value in one.get("ctx", {}).items()})


def _plain(value: Any) -> int | str:
    return value if isinstance(value, int) else str(value)[:200]


def _shape(place: Place) -> type[BaseModel]:
    """The part of a profile in which a key of that place stands."""
    if place[0] == "items":
        return Rule
    return next((_SHAPES[part] for part in reversed(place[:-1]) if part in _SHAPES), Profile)


def _sentence(file: str, line: int | None, place: Place, why: Sentence) -> Sentence:
    where = {"file": file[:80], "key": dotted(place)}
    if not place:
        return say("The profile file %(file)s is wrong: %(why)s", file=where["file"], why=why)
    if line is None:
        return say("The profile file %(file)s is wrong at %(key)s: %(why)s", **where, why=why)
    return say(
        "The profile file %(file)s is wrong in line %(line)s, at %(key)s: %(why)s",
        **where, line=line, why=why,
    )  # fmt: skip


def dotted(place: Sequence[Any]) -> str:
    """The key as TOML writes it, `items."G1.1".threshold`; an entry of a list by its number from 1."""
    told = ""
    for part in place:
        if isinstance(part, int):
            told += f"[{part + 1}]"
            continue
        name = part if re.fullmatch(r"[A-Za-z0-9_-]+", part) else f'"{part}"'
        told += f".{name}" if told else name
    return told[:200]


def line_of(text: str, place: Place) -> int | None:
    """The line, from 1, of the longest part of the key that the file states; None where it states none."""
    table: Place = ()
    best: tuple[int, int] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        stated, is_table = _key_of(line, table)
        if is_table and stated is not None:
            table = stated
        if stated and stated == place[: len(stated)] and (best is None or len(stated) > best[0]):
            best = (len(stated), number)
    return best[1] if best else None


def _key_of(line: str, table: Place) -> tuple[Place | None, bool]:
    """The key that a line begins, whole, and whether it is a table's; (None, False) where it begins none."""
    stripped = line.strip()
    header = re.match(r"\[+([^\[\]]+)\]+", stripped)
    if header:
        return _path(header.group(1)), True
    name, equals, _ = stripped.partition("=")
    own = _path(name) if equals else None
    return (None if own is None else table + own), False


def _path(key: str) -> Place | None:
    try:
        found: Any = tomllib.loads(f"{key} = 0")
    except tomllib.TOMLDecodeError:
        return None
    path: list[str] = []
    while isinstance(found, dict) and len(found) == 1:
        name, found = next(iter(found.items()))
        path.append(name)
    return tuple(path)
