"""OCSF sample events, each validated against the JSON schema of its class, version and profiles."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchema, OcsfJsonSchemaEmbedded, get_ocsf_schema, get_packaged_versions

from orr.changes.bounded import Unreadable, json_of, text_of
from orr.lib.sentence import Sentence, say

MOST_BYTES = 256 * 1024
MOST_EVENTS = 200
LINES = (".jsonl", ".ndjson")


class UnknownVersion(Unreadable):
    """The event is of a version of OCSF whose schema is not here: nothing is known of it."""


def read(name: str, data: bytes) -> list[Mapping[str, Any]]:
    """The events of a file: one, a list, or one a line; none for JSON that is no event. Raises Unreadable."""
    text = text_of(data, MOST_BYTES)
    lines = [line for line in text.split("\n") if line.strip()] if name.lower().endswith(LINES) else [text]
    if len(lines) > MOST_EVENTS:
        raise Unreadable(say("It holds more than %(n)s events.", n=MOST_EVENTS))
    values = [one for line in lines for one in _values(json_of(line))]
    if len(values) > MOST_EVENTS:
        raise Unreadable(say("It holds more than %(n)s events.", n=MOST_EVENTS))
    found: list[Mapping[str, Any]] = [one for one in values if isinstance(one, dict) and "class_uid" in one]
    if found and len(found) < len(values):
        raise Unreadable(say("Some of what it holds has no class_uid and is no OCSF event."))
    return found


def finding(event: Mapping[str, Any]) -> Sentence | None:
    """The first thing that is wrong with it, None for a valid event. Raises UnknownVersion."""
    stated = event.get("metadata")
    metadata = stated if isinstance(stated, dict) else {}
    version, uid = metadata.get("version"), event["class_uid"]
    if not isinstance(version, str) or not isinstance(uid, int) or isinstance(uid, bool):
        return say("OCSF: metadata.version is a text and class_uid a whole number.")
    known = {str(one) for one in get_packaged_versions()}
    if version not in known:
        raise UnknownVersion(
            say("Its OCSF version %(version)s is not known here; the newest is %(newest)s.",
                version=version[:40], newest=max(known - {one for one in known if "-" in one}))
        )  # fmt: skip
    profiles = metadata.get("profiles") or []
    named = _profiles(version)
    if not isinstance(profiles, list) or not all(isinstance(one, str) and one in named for one in profiles):
        return say("OCSF %(version)s has no such profile: %(name)s", version=version, name=str(profiles)[:80])
    validator = _validator(version, uid, tuple(sorted(set(profiles))))
    if validator is None:
        return say("OCSF %(version)s has no class %(uid)s.", version=version, uid=uid)
    # The first one: comparing all of them takes long where there are many.
    error = next(iter(validator.iter_errors(event)), None)
    if error is not None:
        return say("OCSF %(path)s: %(why)s", path=error.json_path[:120], why=error.message[:200])
    if event.get("type_uid") != uid * 100 + event.get("activity_id", 0):
        return say("OCSF: type_uid is not class_uid × 100 + activity_id.")
    return None


def _values(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@lru_cache(maxsize=2)
def _schema(version: str) -> OcsfJsonSchema:
    return OcsfJsonSchema(get_ocsf_schema(version))


@lru_cache(maxsize=2)
def _profiles(version: str) -> frozenset[str]:
    """Every profile that some attribute of the version belongs to."""
    whole = _schema(version).schema
    parts = [*whole["classes"].values(), *whole["objects"].values()]
    found = {
        name
        for part in parts
        for attribute in part.get("attributes", {}).values()
        for name in (attribute.get("profile"), *(attribute.get("profiles") or ()))
    }
    found |= {name for part in parts for name in part.get("profiles") or ()}
    return frozenset(one for one in found if one)


@lru_cache(maxsize=32)
def _validator(version: str, uid: int, profiles: tuple[str, ...]) -> Draft202012Validator | None:
    schema = OcsfJsonSchemaEmbedded(_schema(version))
    try:
        name = schema.lookup_class_name_from_uid(uid)
    except ValueError:
        return None
    return Draft202012Validator(schema.get_class_schema(name, list(profiles)))
