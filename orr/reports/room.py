"""How much may stand on the one page, and a text cut to it (pure)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Room:
    """How much may stand on the page: rows of changes and guards, characters per text and name."""

    changes: int
    guards: int
    text: int
    name: int
    summary: int
    dense: bool = False
    titles: bool = True
    small: bool = False


ROOMS = (
    Room(changes=10, guards=5, text=60, name=32, summary=260),
    Room(changes=7, guards=4, text=36, name=24, summary=180),
    Room(changes=5, guards=3, text=20, name=16, summary=90, dense=True),
    Room(changes=3, guards=1, text=12, name=8, summary=0, dense=True, titles=False),
    Room(changes=3, guards=1, text=12, name=8, summary=0, dense=True, titles=False, small=True),
)


def cut(text: str, most: int) -> str:
    """At most so many characters, with an ellipsis where something was cut."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: max(0, most - 1)].rstrip() + "…" if most else ""


def short_digest(digest: str) -> str:
    """The first and last eight digits of a digest."""
    value = digest.removeprefix("sha256:")
    return f"{value[:8]}…{value[-8:]}" if len(value) > 17 else value
