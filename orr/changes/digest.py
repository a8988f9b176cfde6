"""The digest that names a change set, and nothing but the change set."""

from collections.abc import Mapping
from typing import Any

from orr.lib.canonical import digest


def change_set_digest(body: Mapping[str, Any]) -> str:
    """``sha256:`` of the change set's RFC 8785 bytes."""
    return digest(body)


def items_digest(body: Mapping[str, Any]) -> str:
    """``sha256:`` over what is to come alone: what evidence of the items is bound to."""
    return digest(sorted(_item(item) for item in body["items"]))


def _item(item: Mapping[str, Any]) -> list[str]:
    return [item["kind"], item["name"], item["to"]["version"], item["to"].get("digest") or ""]
