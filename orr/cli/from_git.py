"""A change set from a repository: the last two tags, who wrote what between them, and the notes."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from orr.cli.git import Commit, NoRelease, Repository
from orr.cli.paint import printable

TITLE_MAX, TEXT_MAX, LINE_MAX, VERSION_MAX = 120, 2000, 200, 100
MOST_AUTHORS = 100
SUBJECTS = 20


@dataclass(frozen=True)
class Wanted:
    """What the repository cannot say by itself."""

    environment: str
    before: str | None = None
    after: str | None = None
    item: str | None = None
    kind: str = "artifact"
    target: str | None = None
    digest: str | None = None
    title: str | None = None
    services: Sequence[str] = ()


def change_set(folder: Path, wanted: Wanted) -> dict[str, Any]:
    """The change set as the API takes it. Raises NoRelease with what is missing, and what to do."""
    repository = Repository.at(folder)
    after, before = _steps(repository, wanted)
    commits = repository.between(repository.commit(before) if before else None, repository.commit(after))
    if not commits:
        raise NoRelease(f"Nothing lies between {before} and {after}: name an older one with --from.")
    item: dict[str, Any] = {
        "kind": wanted.kind,
        "name": _line(wanted.item or repository.name(), LINE_MAX),
        "to": {"version": _version(after), **({"digest": wanted.digest} if wanted.digest else {})},
    }
    if before:
        item["from"] = {"version": _version(before)}
    if wanted.target:
        item["target"] = wanted.target
    notes, address = _text(repository.notes(after)), release_notes(repository.remote(), after)
    return {
        "title": _line(wanted.title or f"{item['name']} {after}", TITLE_MAX),
        "summary": notes or _summary(before, commits),
        "environment": wanted.environment,
        "service_ids": list(wanted.services),
        **({"release_notes_url": address} if address else {}),
        "authors": authors(commits),
        "items": [item],
    }


def authors(commits: Sequence[Commit]) -> list[dict[str, str]]:
    """Everybody who wrote one of them, once, by mail address: `git:MAIL`. Raises NoRelease beyond 100.

    None is left out: an author who is not named could sign their own change.
    """
    found: dict[str, str] = {}
    for person in (one for commit in commits for one in commit.authors):
        id_ = "git:" + (person.mail.lower() or person.name)
        if len(id_) > LINE_MAX or not id_.isprintable():
            raise NoRelease("An author's mail address cannot be written down; mend it in the mailmap.")
        found.setdefault(id_, _line(person.name, LINE_MAX) or id_)
    if len(found) > MOST_AUTHORS:
        raise NoRelease(
            f"{len(found)} people wrote this; a change set names at most {MOST_AUTHORS}."
            " Take a smaller step with --from."
        )
    return [{"id": id_, "name": name} for id_, name in sorted(found.items())]


def release_notes(remote: str, tag: str) -> str | None:
    """The page of the release on the forges that are known by their host; never with a password in it."""
    if "://" in remote:
        parts = urlsplit(remote)
        host, path = parts.hostname or "", parts.path
    else:
        # git@host:owner/name, as scp writes it.
        host, _, path = remote.rpartition("@")[2].partition(":")
    path = quote(path.strip("/").removesuffix(".git"))
    middle = "releases/tag" if host == "github.com" else "-/releases" if _is_gitlab(host) else None
    return f"https://{host}/{path}/{middle}/{quote(tag, safe='')}" if middle and path else None


def lines(made: Mapping[str, Any]) -> list[str]:
    """What the change set says, for a person to look at before it is sent."""
    item = made["items"][0]
    step = f"{item['from']['version']} → {item['to']['version']}" if "from" in item else item["to"]["version"]
    rows = [
        ("Title", made["title"]),
        ("Item", f"{item['kind']} {item['name']}  {step}  {item['to'].get('digest', '')}"),
        ("Goes to", f"{made['environment']}  {', '.join(made['service_ids'])}"),
        ("Authors", ", ".join(f"{one['name']} ({one['id']})" for one in made["authors"])),
        ("Notes", made.get("release_notes_url") or made["summary"].splitlines()[0]),
    ]
    return [f"  {name:<9}{printable(text).rstrip()}" for name, text in rows]


def _is_gitlab(host: str) -> bool:
    return host.startswith("gitlab.") and host.replace(".", "").replace("-", "").isalnum()


def _steps(repository: Repository, wanted: Wanted) -> tuple[str, str | None]:
    """What goes out and what is there now: as named, else the last two tags."""
    after = wanted.after or repository.latest_tag()
    if after is None:
        raise NoRelease(
            "The repository has no tag. Tag the release (git tag -a v1.0.0), or name it with --to."
        )
    return after, wanted.before or repository.latest_tag(after)


def _summary(before: str | None, commits: Sequence[Commit]) -> str:
    since = f" since {before}" if before else ""
    count = f"{len(commits)} commit{'s' if len(commits) != 1 else ''}{since}."
    lines = [f"- {_line(one.subject, LINE_MAX)}" for one in commits[:SUBJECTS]]
    return _text("\n".join([count, *lines]))


def _version(named: str) -> str:
    found = _line(named, VERSION_MAX)
    if found != named:
        raise NoRelease(f"“{found}” cannot be written down as a version.")
    return found


def _text(text: str) -> str:
    """The text without control and direction characters, cut to what a change set takes."""
    kept = "".join(
        one for one in text if one in "\n\t" or not unicodedata.category(one).startswith("C")
    ).strip()
    return kept if len(kept) <= TEXT_MAX else kept[: TEXT_MAX - 1].rstrip() + "…"


def _line(text: str, most: int) -> str:
    """The same on one line."""
    kept = " ".join(_text(text).split())
    return kept if len(kept) <= most else kept[: most - 1].rstrip() + "…"
