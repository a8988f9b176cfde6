"""CloudEvents 1.0 in JSON, one event a message: built for the hub, and read from it within bounds (pure).

Attributes: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md, JSON:
https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md.
"""

import json
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from orr.events import schemas
from orr.events.vocabulary import HubEvent
from orr.lib.canonical import canonical_bytes
from orr.lib.errors import OrrError
from orr.lib.sentence import say

MEDIA_TYPE = "application/cloudevents+json"
# The specification has every intermediary carry at least this much.
LARGEST = 65_536
# Control characters and halves of surrogate pairs.
UNPRINTABLE = frozenset({"Cc", "Cs"})


class Unreadable(OrrError):
    """The message is no event of ours, or none that means one thing."""


def rfc3339(moment: datetime) -> str:
    """The aware moment in UTC with a `Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def build(
    event: HubEvent, *, event_id: UUID, source: str, subject: str, at: datetime, data: Mapping[str, Any]
) -> dict[str, Any]:
    """The event's attributes and data. `source`: our public address; `at`: aware, the database's time."""
    return {
        "specversion": "1.0",
        "id": str(event_id),
        "source": source,
        "type": event.value,
        "subject": subject,
        "time": rfc3339(at),
        "datacontenttype": "application/json",
        "dataschema": source + schemas.path(event),
        "data": dict(data),
    }


def to_bytes(envelope: Mapping[str, Any]) -> bytes:
    """The message: the same bytes each time it is sent (RFC 8785)."""
    return canonical_bytes(envelope)


def read(message: bytes) -> dict[str, Any]:
    """The event in a foreign message, its envelope and data as their schemas say. Raises Unreadable."""
    if len(message) > LARGEST:
        raise Unreadable(say("It is larger than %(n)s bytes.", n=LARGEST))
    try:
        value = json.loads(message.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise Unreadable(say("It is no JSON that means one thing.")) from error
    wrong = schemas.wrong_envelope(value)
    if wrong is None:
        wrong = schemas.wrong_data(HubEvent(value["type"]), value["data"])
    if wrong is None and not _printable(value):
        raise Unreadable(say("It holds characters that no text has."))
    if wrong is not None:
        raise Unreadable(say("It is no event of this hub: %(why)s", why=wrong))
    event: dict[str, Any] = value
    return event


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) != len(pairs):
        raise ValueError("a name stands twice")
    return named


def _refused(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def _printable(value: Any) -> bool:
    """Whether no text in the value holds a control character or half a surrogate pair."""
    if isinstance(value, dict):
        return all(_printable(one) for one in value.values())
    if isinstance(value, list):
        return all(_printable(one) for one in value)
    return not isinstance(value, str) or not any(unicodedata.category(one) in UNPRINTABLE for one in value)
