"""A root-cause analysis: what it says, when it is complete, its clock, who may close it (pure)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from orr.lib.bounds import BEYOND, plausible
from orr.lib.canonical import canonical_bytes
from orr.lib.errors import FieldError, Invalid
from orr.lib.met import Met, Requirement, Unmet
from orr.lib.sentence import Sentence, say

FORMAT = "plura.orr/rca/v1"
WITHIN = timedelta(hours=48)
MARKS = (24, 40, 47)
TEXT_MAX = 8000
LINE_MAX = 1000
CAUSES_MAX = 20
ACTIONS_MAX = 50


class Cause(StrEnum):
    """What opens an analysis."""

    NO_GO = "no_go"
    EXIT = "exit"
    BREAK_GLASS = "break_glass"


@dataclass(frozen=True)
class RootCause:
    """One cause. `measurement_fault`: the measurement was wrong, not the thing; `item`: what proves it."""

    text: str
    measurement_fault: bool = False
    item: str = ""


@dataclass(frozen=True)
class Remedy:
    """One action: what, who (a person's id), until when (RFC 3339); empty while it is not settled."""

    what: str
    owner: str = ""
    due: str = ""
    done: bool = False


@dataclass(frozen=True)
class Content:
    """What an analysis says."""

    happened: str = ""
    causes: tuple[RootCause, ...] = ()
    actions: tuple[Remedy, ...] = ()

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """The content that `as_json` made."""
        causes = tuple(RootCause(**one) for one in body["causes"])
        return cls(body["happened"], causes, tuple(Remedy(**one) for one in body["actions"]))

    def as_json(self) -> dict[str, Any]:
        """As JSON; `of` reads it back."""
        return {
            "happened": self.happened,
            "causes": [_cause(cause) for cause in self.causes],
            "actions": [asdict(action) for action in self.actions],
        }

    def without_marks(self) -> Self:
        """The text alone: what it says without what is done by now."""
        return replace(self, actions=tuple(replace(action, done=False) for action in self.actions))


def _cause(cause: RootCause) -> dict[str, Any]:
    """A cause that names no item keeps the bytes it had before causes could name one."""
    told = asdict(cause)
    return told if cause.item else {name: told[name] for name in ("text", "measurement_fault")}


EMPTY = Content()
OTHER = say("another team's review")


def payload(review: str, cause: str, number: int, content: Content) -> bytes:
    """The canonical bytes (RFC 8785) of one version."""
    stated = {"type": FORMAT, "review": review, "cause": cause, "number": number, **content.as_json()}
    return canonical_bytes(stated)


def tidy(content: Content) -> Content:
    """Without outer space and empty rows. Raises Invalid with every wrong place."""
    tidied = Content(
        content.happened.strip(),
        tuple(replace(one, text=one.text.strip()) for one in content.causes if one.text.strip()),
        tuple(
            replace(one, what=one.what.strip())
            for one in content.actions
            if one.what.strip() or one.owner or one.due
        ),
    )
    errors = _wrong(tidied)
    if errors:
        raise Invalid(errors)
    return tidied


def _wrong(content: Content) -> list[FieldError]:
    texts = [("/happened", content.happened, TEXT_MAX)]
    texts += [(f"/causes/{n}", one.text, LINE_MAX) for n, one in enumerate(content.causes)]
    texts += [(f"/actions/{n}/what", one.what, LINE_MAX) for n, one in enumerate(content.actions)]
    errors = [
        FieldError(f"/actions/{n}/due", BEYOND)
        for n, one in enumerate(content.actions)
        if one.due and not _is_time(one.due)
    ]
    errors += [
        FieldError(at, say("At most %(n)s characters, no control characters.", n=most))
        for at, text, most in texts
        if len(text) > most or "\x00" in text
    ]
    for at, rows, most in (
        ("/causes", content.causes, CAUSES_MAX),
        ("/actions", content.actions, ACTIONS_MAX),
    ):
        if len(rows) > most:
            errors.append(FieldError(at, say("At most %(n)s entries are allowed.", n=most)))
    return errors


def _is_time(text: str) -> bool:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return False
    return at.tzinfo is not None and plausible(at)


def complete(content: Content) -> Requirement:
    """Whether it can be recorded: text, a cause, an action; and each action with its owner and date."""
    if not content.happened:
        return Unmet(say("The analysis does not say yet what happened."))
    if not content.causes:
        return Unmet(say("The analysis names no root cause yet."))
    if not content.actions:
        return Unmet(say("The plan names no action yet."))
    for action in content.actions:
        if not action.what:
            return Unmet(say("An action of the plan does not say yet what is done."))
        if not action.owner or not action.due:
            return Unmet(say("“%(action)s” needs an owner and a date.", action=action.what[:80]))
    return Met()


def only_marks(before: Content, after: Content) -> bool:
    """Whether nothing but what is done differs."""
    return before != after and before.without_marks() == after.without_marks()


def second_person(authors: Collection[UUID], person: UUID, name: str) -> Requirement:
    """Whether the person wrote none of it: closing takes a second one."""
    if person in authors:
        return Unmet(say("%(name)s wrote this analysis; a second person closes it.", name=name))
    return Met()


def analysed(codes: Sequence[str], *, others: bool = False) -> Requirement:
    """Whether a re-review can be decided: no review is left whose analysis is not recorded.

    `codes` are those of its own team; that `others` are left is said without their names.
    """
    named = ", ".join(codes)
    if others:
        more = say("%(codes)s and another team's review", codes=named) if codes else OTHER
        return Unmet(_unanalysed(more))
    return Unmet(_unanalysed(named)) if codes else Met()


def _unanalysed(codes: str | Sentence) -> Sentence:
    return say(
        "Not decidable before the root-cause analysis and the plan of %(codes)s are recorded.", codes=codes
    )


@dataclass(frozen=True)
class Mark:
    """A moment on the way to the deadline: so many of the 48 hours are over."""

    hours: int
    at: datetime


def marks(opened: datetime, due: datetime) -> list[Mark]:
    """24, 40 and 47 h of the 48 that end at `due`; those before the opening are left out."""
    start = due - WITHIN
    found = [Mark(hours, start + timedelta(hours=hours)) for hours in MARKS]
    return [mark for mark in found if mark.at > opened]


def overdue(due: datetime, recorded: datetime | None, now: datetime) -> bool:
    """Whether the time is over and nothing is recorded."""
    return recorded is None and now >= due


def state(recorded: datetime | None, closed: datetime | None) -> str:
    """`open`, `recorded` or `closed`."""
    return "closed" if closed else "recorded" if recorded else "open"


def newer(name: str) -> Sentence:
    """That another version came first."""
    return say("%(name)s saved another version meanwhile; yours is kept here and not written.", name=name)
