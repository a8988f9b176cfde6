"""The change set of a release or of a commit that waits to be deployed (pure)."""

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from orr.changes.schema import TEXT_MAX, TITLE_MAX
from orr.hooks.heard import Author, Release, Request, line, plain
from orr.sources.hooks import Repository

_URL = re.compile(r"^https?://[^\s<>\"]+$")
_DIGEST = re.compile(r"^sha256:[0-9a-f]{64}$")
SHORT = 12
MOST_AUTHORS = 100


def of_release(said: Release, of: Repository, reviewed: Mapping[str, Any] | None) -> dict[str, Any]:
    """The change set of a published release. `reviewed`: the version of the item that was reviewed last."""
    to: dict[str, Any] = {"version": line(said.tag, 100)}
    if digest := _digest(said, of):
        to["digest"] = digest
    title = line(said.title, TITLE_MAX)
    if said.tag not in title:
        title = line(f"{of.item_name} {said.tag} {title}", TITLE_MAX)
    notes = plain(said.notes, TEXT_MAX)
    found = _change_set(of, title, notes or f"Release {said.tag} of {said.repository}.", to, reviewed)
    if len(said.url) <= TEXT_MAX and _URL.match(said.url):
        found["release_notes_url"] = said.url
    return {**found, "authors": _authors(said.authors)}


def of_request(
    said: Request, of: Repository, here: str, reviewed: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The change set of a deployment that asked before any release of its commit was known."""
    title = line(f"{of.item_name} {line(said.ref, 60)} {said.commit[:SHORT]}", TITLE_MAX)
    words = f"Deployment of {said.repository} at {said.commit} to {line(said.environment, 200)}."
    found = _change_set(of, title, words, {"version": said.commit}, reviewed)
    return {**found, "environment": here, "authors": _authors(said.authors)}


def _change_set(
    of: Repository, title: str, summary: str, to: dict[str, Any], reviewed: Mapping[str, Any] | None
) -> dict[str, Any]:
    item: dict[str, Any] = {"kind": of.kind, "name": of.item_name, "to": to}
    if of.target:
        item["target"] = of.target
    if reviewed:
        item["from"] = dict(reviewed)
        if of.rollback:
            item["rollback_key"] = _key(of, reviewed)
    return {
        "title": title,
        "summary": summary,
        "environment": of.environment,
        "service_ids": list(of.service_ids),
        "items": [item],
    }


def _key(of: Repository, reviewed: Mapping[str, Any]) -> dict[str, Any]:
    """What takes the item back to what was reviewed last."""
    back = {"target": of.rollback, "desired": reviewed.get("digest") or reviewed["version"]}
    return {**back, "rehearse": {"target": of.rehearse}} if of.rehearse else back


def _digest(said: Release, of: Repository) -> str | None:
    """The digest of the one asset that the file names; None where none or several fit."""
    if of.asset is None:
        return None
    fitting = {digest for name, digest in said.assets.items() if fnmatchcase(name, of.asset)}
    only = fitting.pop() if len(fitting) == 1 else ""
    return only if _DIGEST.match(only) else None


def _authors(found: Sequence[Author]) -> list[dict[str, str]]:
    """Each once, by id."""
    by_id = {author.id: line(author.name, 200) or author.id for author in found}
    return [{"id": id_, "name": name} for id_, name in list(by_id.items())[:MOST_AUTHORS]]
