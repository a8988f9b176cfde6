"""Change sets of the plant, written as a release manager would: digests asked for, times from now."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import yaml

CONTACTS = {
    "oncall": "박지훈 Jihun Park, +82 2 555 0101",
    "sre": "박지훈 Jihun Park",
    "csirt": "이서연 Seoyeon Lee",
    "product": "서다은 Daeun Seo",
    "csm": "한가온 Gaon Han",
    "escalation": ["박지훈 Jihun Park", "최민재 Minjae Choi, incident lead, +82 2 555 0110"],
}
AUTHORS = [{"id": "doyun.kim", "name": "김도윤 Doyun Kim"}]


@dataclass(frozen=True)
class Shelf:
    """The plant's artefacts: digest by kind, name and version; the rules of each pack by name and version."""

    digests: Mapping[tuple[str, str, str], str]
    packs: Mapping[tuple[str, str], Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    @property
    def files(self) -> dict[str, bytes]:
        """The bytes of every rule by their SHA-256: what is sent before a change set names it."""
        written = [_written(rule) for rules in self.packs.values() for rule in rules]
        return {hashlib.sha256(data).hexdigest(): data for data in written}

    def artefact(self, kind: str, name: str, before: str, after: str) -> dict[str, Any]:
        """An item that goes from one version to another; images, models and rules stand in the registry.

        A pack of rules brings them along as files.
        """
        old, new = self.digests[kind, name, before], self.digests[kind, name, after]
        place = f"plant/{kind}/{name}" if kind == "index" else f"registry/{name}:stable"
        rules = self.packs.get((name, after), ()) if kind == "rule" else ()
        return {
            "kind": kind,
            "name": name,
            "target": place,
            "from": {"version": before, "digest": old},
            "to": {"version": after, "digest": new},
            "rollback_key": key(f"plant/{kind}/{name}", old),
            **({"files": [_named(rule) for rule in rules]} if rules else {}),
        }


def shelf(plant_url: str) -> Shelf:
    """Asked of the plant. Raises httpx's errors."""
    rows = httpx.get(f"{plant_url}/artefacts", timeout=15).raise_for_status().json()["artefacts"]
    packs = {
        (row["name"], row["version"]): httpx.get(f"{plant_url}/artefacts/rule/{row['name']}/{row['version']}")
        for row in rows
        if row["kind"] == "rule"
    }
    return Shelf(
        {(row["kind"], row["name"], row["version"]): row["digest"] for row in rows},
        {pack: answer.raise_for_status().json()["content"] for pack, answer in packs.items()},
    )


def _written(rule: Mapping[str, Any]) -> bytes:
    return yaml.safe_dump(dict(rule), sort_keys=False, allow_unicode=True).encode()


def _named(rule: Mapping[str, Any]) -> dict[str, str]:
    name = re.sub(r"[^a-z0-9]+", "_", str(rule["title"]).lower()).strip("_")
    return {"name": f"{name}.yml", "sha256": hashlib.sha256(_written(rule)).hexdigest()}


def value(kind: str, name: str, before: str, after: str, place: str | None = None) -> dict[str, Any]:
    """An item whose value is its version: a flag, a key, a tenant."""
    target = place or f"plant/{kind}/{name}"
    return {
        "kind": kind,
        "name": name,
        "target": target,
        "from": {"version": before},
        "to": {"version": after},
        "rollback_key": key(target, before),
    }


def key(target: str, desired: str) -> dict[str, Any]:
    """The rollback key of a target, rehearsed at its shadow."""
    return {
        "driver": "webhook",
        "target": target,
        "desired": desired,
        "timeout": 30,
        "rehearse": {"target": f"{target}-shadow"},
    }


def planned(minutes: int, length: int = 40) -> dict[str, str]:
    """A window that begins in so many minutes, to the minute."""
    start = (datetime.now(UTC) + timedelta(minutes=minutes)).replace(second=0, microsecond=0)
    end = start + timedelta(minutes=length)
    return {"planned_start": f"{start:%Y-%m-%dT%H:%M:%SZ}", "planned_end": f"{end:%Y-%m-%dT%H:%M:%SZ}"}


def change_set(
    title: str, summary: str, services: list[str], items: list[Any], **more: Any
) -> dict[str, Any]:
    """A change set of production with the plant's people."""
    return {
        "title": title,
        "summary": summary,
        "environment": "prod-kr",
        "service_ids": services,
        "authors": AUTHORS,
        "items": items,
        "contacts": CONTACTS,
        **planned(15),
        **more,
    }
