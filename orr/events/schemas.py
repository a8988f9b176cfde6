"""The published JSON schemas of the hub's events: where they are, and what in a value breaks them."""

import json
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from orr.events.vocabulary import HubEvent

PUBLISHED = Path(__file__).parent / "published"
# A change that a reader of the former version could not read makes a new version beside it.
VERSION = "v1"
ENVELOPE = "envelope"
PREFIX = "/events/schemas/"
LONGEST = 200


def names() -> list[str]:
    """The file names under which the schemas are published."""
    return sorted(file.name for file in PUBLISHED.glob("*.json"))


def path(event: HubEvent) -> str:
    """The path below our public address at which the schema of the event's data is served."""
    return f"{PREFIX}{event.value}.{VERSION}.json"


def text(name: str) -> str | None:
    """The schema's text; None where none of that name is published."""
    return (PUBLISHED / name).read_text(encoding="utf-8") if name in names() else None


def wrong_envelope(value: Any) -> str | None:
    """What in the value is not as an event of this hub is; None where all is."""
    return _wrong(ENVELOPE, value)


def wrong_data(event: HubEvent, data: Any) -> str | None:
    """What in the data breaks the event's schema; None where it holds."""
    return _wrong(event.value, data)


def is_consumer(name: str) -> bool:
    """Whether a consumer can state this name in its acknowledgement."""
    return wrong_data(HubEvent.PROBE_ACK, {"probe": str(UUID(int=0)), "consumer": name}) is None


def _wrong(name: str, value: Any) -> str | None:
    found = best_match(_validator(name).iter_errors(value))
    if found is None:
        return None
    return f"{found.json_path[:LONGEST]}: {found.message[:LONGEST]}"


@cache
def _validator(name: str) -> Draft202012Validator:
    schema = json.loads((PUBLISHED / f"{name}.{VERSION}.json").read_text(encoding="utf-8"))
    return Draft202012Validator(schema)
