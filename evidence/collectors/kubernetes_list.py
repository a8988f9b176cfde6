"""A list of the Kubernetes API (pure): whole, of the asked kind, and every object with the asked labels.

https://kubernetes.io/docs/reference/using-api/api-concepts/ (collections, `limit` and `continue`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from orr.lib.sentence import Sentence, say

Object = Mapping[str, Any]


@dataclass(frozen=True)
class Rehearsed:
    """What the newest objects tell together: how it ended, when, in words, and of how many objects."""

    state: Literal["passed", "failed", "pending"]
    at: datetime
    said: Sentence
    of: int


class NotListed(ValueError):
    """The answer is no such list, or not all of it; `sentence` says what is wrong."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def objects(told: Any, group: str, kind: str, labels: Mapping[str, str]) -> list[Object]:
    """The objects of the list, at least one. Raises NotListed."""
    if not isinstance(told, dict) or told.get("kind") != f"{kind}List" or told.get("apiVersion") != group:
        raise NotListed(say("The answer is no list of %(kind)s in %(group)s.", kind=kind, group=group))
    found, about = told.get("items"), told.get("metadata")
    if not isinstance(found, list) or not isinstance(about, dict):
        raise NotListed(say("The answer is no list of %(kind)s in %(group)s.", kind=kind, group=group))
    if about.get("continue"):
        raise NotListed(say("There are more of them than one answer holds: choose them by narrower labels."))
    if not found:
        raise NotListed(say("There is no %(kind)s with these labels.", kind=kind))
    if not all(_has(one, labels) for one in found):
        raise NotListed(say("The answer holds others than those with the asked labels."))
    return found


def moment(text: Any) -> datetime:
    """The time of an RFC 3339 text, in UTC. Raises NotListed."""
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise ValueError("no zone")
        return at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise NotListed(say("A time in the answer is none: %(text)s", text=str(text)[:40])) from error


def name(one: Object) -> str:
    """The object's name, short enough for a sentence."""
    return str(one["metadata"]["name"])[:100]


def made(one: Object) -> datetime:
    """When the object was made."""
    return moment(one["metadata"]["creationTimestamp"])


def _has(one: Any, labels: Mapping[str, str]) -> bool:
    about = one.get("metadata") if isinstance(one, dict) else None
    has = about.get("labels") if isinstance(about, dict) else None
    return isinstance(has, dict) and labels.items() <= has.items()
