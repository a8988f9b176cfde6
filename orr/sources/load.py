"""The sources of this installation, from the file at PLURA_SOURCES; read again when it changed."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from pydantic import ValidationError

from orr.lib.errors import FieldError, Invalid
from orr.lib.sentence import Sentence, say
from orr.sources.hooks import Hook, HookIn, hook
from orr.sources.schema import FileIn, ItemSettings, SourceIn
from orr.sources.source import Source, origin

__all__ = ["ItemSource", "Source", "Sources", "sources", "split_target"]

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class ItemSource:
    """Which source answers an item, and with which query settings."""

    code: str
    source: Source
    settings: ItemSettings


@dataclass(frozen=True)
class Sources:
    """Every configured source, what answers which item, and whose webhooks are taken."""

    by_name: Mapping[str, Source]
    by_item: Mapping[str, ItemSource]
    hooks: Mapping[str, Hook] = field(default_factory=dict)

    def get(self, name: str) -> Source | None:
        """The source of that name, None if there is none."""
        return self.by_name.get(name)

    def item(self, code: str) -> ItemSource | None:
        """What answers the item, None if nothing is configured."""
        return self.by_item.get(code)


def sources() -> Sources:
    """The sources as the file says now; none where there is no file.

    Raises Invalid with a pointer for each wrong place of the file.
    """
    path = Path(settings.PLURA_SOURCES)
    try:
        status = path.stat()
    except FileNotFoundError:
        return Sources({}, {})
    stated, items = _parsed(path, status.st_mtime_ns, status.st_size)
    by_name = {name: _source(name, entry) for name, entry in stated.sources.items()}
    by_item = {code: ItemSource(code, by_name[item.source], item) for code, item in items.items()}
    hooks = {name: hook(name, entry, *_read(name, entry)) for name, entry in stated.hooks.items()}
    return Sources(by_name, by_item, hooks)


def split_target(target: str) -> tuple[Source | None, str]:
    """The source that a target's first word names, and what follows ``:`` or ``/``; else (None, target)."""
    cut = min((at for at in (target.find(":"), target.find("/")) if at > 0), default=len(target))
    found = sources().get(target[:cut])
    return (None, target) if found is None else (found, target[cut + 1 :])


@lru_cache(maxsize=4)
def _parsed(path: Path, _changed: int, _size: int) -> tuple[FileIn, dict[str, ItemSettings]]:
    try:
        stated = FileIn.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        return stated, stated.item_settings()
    except ValidationError as error:
        wrong = [
            FieldError("/" + "/".join(str(part) for part in one["loc"]), say("%(why)s", why=one["msg"]))
            for one in error.errors(include_url=False, include_input=False)
        ]
        raise Invalid(wrong, _wrong_file(path, wrong[0].pointer, str(wrong[0].sentence))) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        wrong = [FieldError("/", say("%(why)s", why=str(error)[:300]))]
        raise Invalid(wrong, _wrong_file(path, "/", str(error)[:300])) from error


def _wrong_file(path: Path, pointer: str, why: str) -> Sentence:
    return say(
        "The sources file %(file)s is wrong at %(where)s: %(why)s", file=path.name, where=pointer, why=why
    )


def _source(name: str, entry: SourceIn) -> Source:
    secret, problem = _secret(name, entry)
    return Source(
        name=name,
        kind=entry.kind,
        url=entry.url,
        internal=entry.internal,
        secret=secret,
        link=entry.link,
        options=entry.options,
        user=entry.user,
        timeout=entry.timeout,
        ca_file=entry.ca_file,
        problem=problem,
    )


def _secret(name: str, entry: SourceIn) -> tuple[str | None, Sentence | None]:
    """The secret, or why there is none: a secret goes only to the address it was given for."""
    if not entry.secret_env and not entry.secret_file:
        return None, None
    if entry.secret_for is None and urlsplit(entry.url).hostname not in _LOOPBACK:
        sentence = say(
            "The secret of %(name)s names no address: add secret_for = “%(origin)s”.",
            name=name,
            origin=origin(entry.url),
        )
        return None, sentence
    if entry.secret_for is not None and origin(entry.secret_for) != origin(entry.url):
        sentence = say(
            "The address of %(name)s is no longer the one its secret was given for (%(origin)s), so the "
            "secret was cleared. Give the new address its own secret.",
            name=name,
            origin=origin(entry.secret_for),
        )
        return None, sentence
    return _read(name, entry)


def _read(name: str, entry: SourceIn | HookIn) -> tuple[str | None, Sentence | None]:
    if entry.secret_env:
        found = os.environ.get(entry.secret_env, "")
        where = entry.secret_env
    else:
        where = str(entry.secret_file)
        try:
            found = Path(where).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            found = ""
    if not found:
        return None, say("The secret of %(name)s is not there: %(where)s.", name=name, where=where)
    return found, None
