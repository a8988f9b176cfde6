"""The change set as a form: from its JSON to fields and back, keeping what the form has no field for."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from django.http import QueryDict

from orr.changes.schema import Kind
from orr.lib.errors import FieldError, Malformed
from orr.lib.sentence import say

KINDS: tuple[str, ...] = get_args(Kind)
LINES = (
    "title",
    "summary",
    "environment",
    "purpose",
    "expected_outcome",
    "security_impact",
    "risk",
    "mitigation",
    "release_notes_url",
    "planned_start",
    "planned_end",
)
ITEM = ("kind", "name", "from", "from_digest", "to", "to_digest", "key", "desired", "rehearse", "rest")
CONTACTS = ("oncall", "sre", "csirt", "product", "csm")
MOST_ITEMS = 200
LONGEST = 1024 * 1024
Fields = dict[str, Any]


def read_json(text: str) -> dict[str, Any]:
    """The change set in a JSON text. Raises Malformed."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed(say("This is not JSON: %(why)s", why=str(error)[:200])) from error
    if not isinstance(found, dict):
        raise Malformed(say("A change set has to be a JSON object."))
    inner = found.get("change_set")
    return inner if isinstance(inner, dict) else found


def fields(body: Mapping[str, Any]) -> Fields:
    """The form's fields for a change set; what has no field of its own goes along in `rest`."""
    shown: Fields = {name: _text(body.get(name)) for name in LINES}
    shown["service_ids"] = ", ".join(map(str, _list(body.get("service_ids"))))
    shown["authors"] = "\n".join(f"{a.get('id', '')} {a.get('name', '')}" for a in _maps(body.get("authors")))
    contacts = body.get("contacts") if isinstance(body.get("contacts"), dict) else {}
    shown.update({name: _text((contacts or {}).get(name)) for name in CONTACTS})
    shown["escalation"] = "\n".join(map(str, _list((contacts or {}).get("escalation"))))
    shown["items"] = [_row(item) for item in _maps(body.get("items"))] or [dict.fromkeys(ITEM, "")]
    known = {*LINES, "service_ids", "authors", "contacts", "items"}
    shown["rest"] = _dumped({name: value for name, value in body.items() if name not in known})
    return shown


def _row(item: Mapping[str, Any]) -> dict[str, str]:
    before, after, key = (_map(item.get(name)) for name in ("from", "to", "rollback_key"))
    known = {"kind", "name", "from", "to"}
    rest = {name: value for name, value in item.items() if name not in {*known, "rollback_key"}}
    more = {name: value for name, value in key.items() if name not in {"target", "desired", "rehearse"}}
    return {
        "kind": _text(item.get("kind")),
        "name": _text(item.get("name")),
        "from": _text(before.get("version")),
        "from_digest": _text(before.get("digest")),
        "to": _text(after.get("version")),
        "to_digest": _text(after.get("digest")),
        "key": _text(key.get("target")),
        "desired": _text(key.get("desired")),
        "rehearse": _text(_map(key.get("rehearse")).get("target")),
        "rest": _dumped({**rest, **({"rollback_key": more} if more else {})}),
    }


def typed(sent: QueryDict) -> Fields:
    """The fields as they were sent, to be shown again."""
    shown: Fields = {
        name: sent.get(name, "")
        for name in (*LINES, *CONTACTS, "service_ids", "authors", "escalation", "rest")
    }
    columns = [sent.getlist(f"item_{name}")[:MOST_ITEMS] for name in ITEM]
    rows = [dict(zip(ITEM, values, strict=True)) for values in zip(*columns, strict=False)]
    shown["items"] = rows or [dict.fromkeys(ITEM, "")]
    return shown


def body(shown: Fields) -> dict[str, Any]:
    """The change set that the fields mean, without the empty ones. Raises Malformed for a broken `rest`."""
    made: dict[str, Any] = {
        **_loaded(shown["rest"]),
        **{n: shown[n].strip() for n in LINES if shown[n].strip()},
    }
    services = [part.strip() for part in shown["service_ids"].replace("\n", ",").split(",") if part.strip()]
    authors = [_author(line) for line in shown["authors"].splitlines() if line.strip()]
    contacts: dict[str, Any] = {name: shown[name].strip() for name in CONTACTS if shown[name].strip()}
    chain = [line.strip() for line in shown["escalation"].splitlines() if line.strip()]
    made.update({"service_ids": services} if services else {})
    made.update({"authors": authors} if authors else {})
    contacts.update({"escalation": chain} if chain else {})
    made.update({"contacts": contacts} if contacts else {})
    made["items"] = [
        _item(row) for row in shown["items"] if any(row[name].strip() for name in ITEM if name != "kind")
    ]
    return made


def unless_touched(former: Mapping[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    """The former change set itself, byte for byte, where the form still says what it was filled with.

    A form leaves out what is empty; without this, what is bound to the change set would not carry over.
    """
    return dict(former) if made == body(fields(former)) else made


def _author(line: str) -> dict[str, str]:
    key, _, name = line.strip().partition(" ")
    return {"id": key, "name": name.strip() or key}


def _item(row: Mapping[str, str]) -> dict[str, Any]:
    rest = _loaded(row["rest"])
    more = rest.pop("rollback_key", {})
    made: dict[str, Any] = {
        **rest,
        "kind": row["kind"],
        "name": row["name"].strip(),
        "to": _end(row["to"], row["to_digest"]),
    }
    if row["from"].strip() or row["from_digest"].strip():
        made["from"] = _end(row["from"], row["from_digest"])
    if row["key"].strip() or row["desired"].strip():
        key = {**more, "target": row["key"].strip(), "desired": row["desired"].strip()}
        made["rollback_key"] = key | (
            {"rehearse": {"target": row["rehearse"].strip()}} if row["rehearse"].strip() else {}
        )
    return made


def _end(version: str, digest: str) -> dict[str, str]:
    return {"version": version.strip()} | ({"digest": digest.strip()} if digest.strip() else {})


def by_field(errors: Sequence[FieldError]) -> dict[str, str]:
    """The sentences by the id of the field they belong to: `title`, `item-2-to_digest`, else `form`."""
    found: dict[str, str] = {}
    for error in errors:
        found.setdefault(_field(error.pointer), str(error.sentence))
    return found


_PLACES = {
    "kind": "kind",
    "name": "name",
    "from": "from",
    "from/version": "from",
    "from/digest": "from_digest",
    "to": "to",
    "to/version": "to",
    "to/digest": "to_digest",
    "rollback_key": "key",
    "rollback_key/target": "key",
    "rollback_key/desired": "desired",
    "rollback_key/rehearse": "rehearse",
    "rollback_key/rehearse/target": "rehearse",
}


def _field(pointer: str) -> str:
    parts = pointer.removeprefix("/change_set").strip("/").split("/")
    if parts[0] == "items" and len(parts) > 1 and parts[1].isdigit():
        return f"item-{int(parts[1]) + 1}-{_PLACES.get('/'.join(parts[2:]), 'name')}"
    if parts[0] == "contacts" and len(parts) > 1:
        return parts[1]
    return parts[0] or "form"


def _text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _maps(value: Any) -> list[dict[str, Any]]:
    return [one for one in _list(value) if isinstance(one, dict)]


def _dumped(rest: Mapping[str, Any]) -> str:
    return json.dumps(rest, ensure_ascii=False) if rest else ""


def _loaded(text: str) -> dict[str, Any]:
    return read_json(text) if text.strip() else {}
