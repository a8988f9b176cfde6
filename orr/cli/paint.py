"""Colour, marks and columns of a terminal; every colour stands beside its word."""

import os
import re
import unicodedata
from dataclasses import dataclass
from typing import IO, Final

MARK: Final = {
    "green": "ok",
    "red": "X",
    "stale": "!",
    "error": "!",
    "pending": "..",
    "not_applicable": "na",
}
_COLOUR: Final = {"ok": "32", "X": "1;31", "!": "33", "..": "34", "na": "2"}

_COLOURED: Final = re.compile("\x1b\\[[0-9;]*m")


@dataclass(frozen=True)
class Paint:
    """Puts colour around text where the stream shows colour."""

    on: bool

    @classmethod
    def for_stream(cls, stream: IO[str]) -> "Paint":
        """On for a terminal, unless NO_COLOR (no-color.org) or a dumb terminal says otherwise."""
        plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        return cls(on=stream.isatty() and not plain)

    def mark(self, mark: str, columns: int = 3) -> str:
        """A mark in its own colour, padded."""
        return self._in(_COLOUR[mark], mark) + " " * (columns - len(mark))

    def red(self, text: str) -> str:
        """Failed."""
        return self._in("1;31", text)

    def dim(self, text: str) -> str:
        """Addresses, digests, times."""
        return self._in("2", text)

    def bold(self, text: str) -> str:
        """What to do next."""
        return self._in("1", text)

    def _in(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.on and text else text


def bare(text: str) -> str:
    """The text without its colours."""
    return _COLOURED.sub("", text)


def cells(text: str) -> int:
    """The columns a text takes: wide letters (Korean) take two, combining ones and colours none."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in bare(text)
    )


def pad(text: str, columns: int) -> str:
    """The text on exactly that many columns, cut with `…` where it is longer."""
    if cells(text) > columns:
        text = bare(text)
        while cells(text) > columns - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (columns - cells(text))


def printable(text: object) -> str:
    """Text of others without control characters, so that it cannot move the cursor or forge a line."""
    return "".join(letter if letter.isprintable() else " " for letter in str(text))
