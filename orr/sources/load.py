"""The sources of this installation, from the file at PLURA_SOURCES; read again when it changed."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from pydantic import ValidationError

from orr.lib.errors import FieldError, Invalid
from orr.lib.sentence import Sentence, say
from orr.sources import own, secret_file, trust
from orr.sources.address import HERE, bound_to, origin
from orr.sources.hooks import Hook, HookIn, hook
from orr.sources.items import ItemSettings
from orr.sources.schema import FileIn, SourceIn
from orr.sources.source import Source
from orr.sources.trust import Bound

__all__ = ["ItemSource", "Source", "Sources", "sources", "split_target"]

# The secret, or why there is none; neither where none is asked for.
Secret = tuple[str | None, Sentence | None]
MOST_BYTES = 1024 * 1024
# What a file can be wrong in beside its schema; one that is nested too deep never ends.
WRONG = (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError, RecursionError, ValueError)


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
    found = _stated()
    if found is None:
        return Sources({}, {})
    stated, items = found
    secrets = {name: _secret(name, entry) for name, entry in stated.sources.items()}
    held = _held_back(stated, secrets)
    by_name = {
        name: _source(name, entry, secrets[name], held.get(name)) for name, entry in stated.sources.items()
    }
    by_item = {code: ItemSource(code, by_name[item.source], item) for code, item in items.items()}
    hooks = {name: hook(name, entry, *_read(name, entry)) for name, entry in stated.hooks.items()}
    return Sources(by_name, by_item, hooks)


def bounds() -> dict[str, Bound]:
    """Each source that takes a secret: by which reference, and where it would go. Raises as `sources`."""
    found = _stated()
    named = found[0].sources if found else {}
    return {name: bound for name, entry in named.items() if (bound := _bound(name, entry)) is not None}


def split_target(target: str) -> tuple[Source | None, str]:
    """The source that a target's first word names, and what follows ``:`` or ``/``; else (None, target)."""
    cut = min((at for at in (target.find(":"), target.find("/")) if at > 0), default=len(target))
    found = sources().get(target[:cut])
    return (None, target) if found is None else (found, target[cut + 1 :])


def _stated() -> tuple[FileIn, dict[str, ItemSettings]] | None:
    path = Path(settings.PLURA_SOURCES)
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        why = str(error)[:300]
        raise Invalid([FieldError("/", say("%(why)s", why=why))], _wrong_file(path, "/", why)) from error
    return _parsed(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4)
def _parsed(path: Path, _changed: int, _size: int) -> tuple[FileIn, dict[str, ItemSettings]]:
    try:
        if _size > MOST_BYTES:
            raise ValueError(f"it is larger than {MOST_BYTES} bytes")
        stated = FileIn.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        return stated, stated.item_settings()
    except ValidationError as error:
        wrong = [
            FieldError("/" + "/".join(str(part) for part in one["loc"]), say("%(why)s", why=one["msg"]))
            for one in error.errors(include_url=False, include_input=False)
        ]
        raise Invalid(wrong, _wrong_file(path, wrong[0].pointer, str(wrong[0].sentence))) from error
    except WRONG as error:
        wrong = [FieldError("/", say("%(why)s", why=str(error)[:300]))]
        raise Invalid(wrong, _wrong_file(path, "/", str(error)[:300])) from error


def _wrong_file(path: Path, pointer: str, why: str) -> Sentence:
    return say(
        "The sources file %(file)s is wrong at %(where)s: %(why)s", file=path.name, where=pointer, why=why
    )


def _source(name: str, entry: SourceIn, known: Secret, trusted: list[str] | None) -> Source:
    secret, problem = known
    if trusted is not None:
        secret, problem = None, _unconfirmed(name, entry, trusted)
    return Source(
        name=name,
        kind=entry.kind,
        url=entry.url,
        internal=entry.internal,
        secret=secret,
        link=entry.link,
        trace_link=entry.trace_link,
        options=entry.options,
        user=entry.user,
        timeout=entry.timeout,
        ca_file=entry.ca_file,
        problem=problem,
        waits_for_trust=trusted is not None,
    )


def _held_back(stated: FileIn, secrets: Mapping[str, Secret]) -> dict[str, list[str]]:
    """Of the sources whose secret is there: those whose address is not confirmed yet."""
    if settings.WITHOUT_DATABASE:
        return {}
    there = [_bound(name, stated.sources[name]) for name, (secret, _) in secrets.items() if secret]
    return trust.withheld([bound for bound in there if bound is not None])


def _bound(name: str, entry: SourceIn) -> Bound | None:
    if entry.secret_env:
        return Bound(name, f"env:{entry.secret_env}", bound_to(entry.url))
    path = secret_file.real(entry.secret_file) if entry.secret_file else None
    return None if path is None else Bound(name, secret_file.reference(path), bound_to(entry.url))


def _unconfirmed(name: str, entry: SourceIn, trusted: list[str]) -> Sentence:
    return say(
        "The secret of %(name)s was given to %(before)s, and would now go to %(now)s: an administrator "
        "confirms the address first, on the page of the sources or by manage.py sources trust %(name)s.",
        name=name,
        before=", ".join(trusted[:3]) or "–",
        now=bound_to(entry.url),
    )


def _secret(name: str, entry: SourceIn) -> Secret:
    """The secret, or why there is none: a secret goes only to the address it was given for."""
    if not entry.secret_env and not entry.secret_file:
        return None, None
    if entry.secret_for is None and bound_to(entry.url) != HERE:
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


def _read(name: str, entry: SourceIn | HookIn) -> Secret:
    """The secret, or why there is none, of a source or a hook; our own keys are nobody's."""
    if own.is_own(entry):
        return None, say(
            "The secret that %(name)s names is this installation's own; it goes to nobody.", name=name
        )
    found: str | None
    if entry.secret_env:
        where, found = entry.secret_env, os.environ.get(entry.secret_env, "")
    else:
        where, found = str(entry.secret_file), _of_file(str(entry.secret_file))
    if found is None:
        return None, say(
            "The secret of %(name)s is no plain text file of its own: %(where)s.", name=name, where=where
        )
    if not found:
        return None, say("The secret of %(name)s is not there: %(where)s.", name=name, where=where)
    return found, None


def _of_file(named: str) -> str | None:
    """What the file says, nothing where it is not there; None where it is no place for a secret."""
    path = secret_file.real(named)
    try:
        return None if path is None else secret_file.text(path)
    except OSError:
        return ""
    except ValueError:
        return None
