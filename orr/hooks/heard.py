"""What a verified delivery says, in one shape for every sender (pure): nothing of it is trusted yet."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from orr.lib.sentence import Sentence

COMMIT_CHARACTERS = (40, 64)


@dataclass(frozen=True)
class Author:
    """A person of the forge by id, never by a name that another may take."""

    id: str
    name: str


def known(authors: Iterable[Author], forge: str) -> tuple[Author, ...]:
    """The authors, or one that no id of the forge ever is: nobody signs until a person says who that was."""
    return tuple(authors) or (Author(f"{forge}:unknown", "unknown author"),)


@dataclass(frozen=True)
class Release:
    """A release was published. `commit` is empty where the sender does not say it."""

    repository: str
    tag: str
    title: str = ""
    notes: str = ""
    url: str = ""
    commit: str = ""
    prerelease: bool = False
    authors: tuple[Author, ...] = ()
    assets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """A deployment waits for an answer. `number` is what the platform is answered for: a run, a deployment.

    `deployment` is which one of a run: a second try or job of it asks anew; elsewhere it is empty.
    `installation` is by which the platform lets a GitHub App in; elsewhere it is empty.
    """

    kind: str
    repository: str
    environment: str
    number: str
    commit: str
    ref: str = ""
    project: str = ""
    installation: str = ""
    deployment: str = ""
    authors: tuple[Author, ...] = ()


@dataclass(frozen=True)
class Whole:
    """A whole change set was sent, as the API takes it."""

    change_set: dict[str, Any]
    profile: str | None = None


@dataclass(frozen=True)
class Nothing:
    """A delivery that asks for nothing here; the sentence says why."""

    why: Sentence


Said = Release | Request | Whole | Nothing


@dataclass(frozen=True)
class Delivery:
    """One delivery: the sender's own id of it, its kind of event, the hash of its body, what it says."""

    id: str
    event: str
    sha256: str
    said: Said


def plain(text: str | None, most: int) -> str:
    """The text without control and direction characters (tabs and line ends stay), cut to `most`."""
    kept = "".join(
        one for one in text or "" if one in "\n\t" or not unicodedata.category(one).startswith("C")
    )
    kept = kept.strip()
    return kept if len(kept) <= most else f"{kept[: most - 1].rstrip()}…"


def line(text: str | None, most: int) -> str:
    """The same on one line."""
    return plain(" ".join((text or "").split()), most)
