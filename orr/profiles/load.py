"""Profiles from TOML files: the built-in ones, and the user's own; validated when loaded, digest pinned."""

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from orr.lib.canonical import digest
from orr.lib.errors import FieldError, Invalid
from orr.lib.sentence import say
from orr.profiles.schema import Profile

BUILTIN = Path(__file__).parent / "builtin"
BASE = "standard"
NAME = re.compile(r"^[a-z0-9][a-z0-9-]{0,56}\Z")
# What a file can be wrong in; one that extends itself never ends.
WRONG = (AttributeError, KeyError, OSError, RecursionError, TypeError, ValueError)
Stamps = tuple[tuple[str, tuple[Path, int, int]], ...]


def names() -> list[str]:
    """The names of all profiles that can be asked for."""
    return sorted(_files())


def get(name: str) -> Profile:
    """The profile of that name, as its file says it now. Raises Invalid: there is none, or it is wrong."""
    stamps = _stamps()
    if name not in dict(stamps):
        known = ", ".join(names())
        sentence = say("There is no profile “%(name)s”. Known are: %(known)s.", name=name[:80], known=known)
        raise Invalid([FieldError("/profile", sentence)])
    return _load(name, stamps)


def profile_digest(profile: Profile) -> str:
    """``sha256:`` of the profile's canonical bytes: what a review pins."""
    return digest(profile.model_dump(mode="json"))


def _files() -> dict[str, Path]:
    found = {path.stem: path for path in sorted(BUILTIN.glob("*.toml"))}
    own = Path(settings.PLURA_PROFILES)
    if own.is_dir():
        found |= {path.stem: path for path in sorted(own.glob("*.toml"))}
    return found


def _stamps() -> Stamps:
    """Every file with what changes when it does: a profile is another when the one it extends is."""
    found = []
    for name, path in _files().items():
        try:
            seen = path.stat()
        except OSError:
            continue  # it went between the listing and now
        found.append((name, (path, seen.st_mtime_ns, seen.st_size)))
    return tuple(found)


@lru_cache(maxsize=128)
def _load(name: str, stamps: Stamps) -> Profile:
    path = dict(stamps)[name][0]
    try:
        stated = tomllib.loads(path.read_text(encoding="utf-8"))
        profile = Profile.model_validate(_complete(name, stated))
        if profile.name != name or not NAME.match(name):
            raise ValueError("a profile is called like its file: a-z, 0-9 and -, at most 57 characters")
        return profile
    except WRONG as error:
        sentence = say("The profile file %(file)s is wrong: %(why)s", file=path.name, why=str(error)[:600])
        raise Invalid([FieldError("/profile", sentence)]) from error


def _complete(name: str, stated: dict[str, Any]) -> dict[str, Any]:
    """A file states what differs from `extends` (default: the standard profile); items merge key by key."""
    own = {"name": name, **stated}
    parent = own.pop("extends", BASE if name != BASE else None)
    if parent is not None:
        inherited = get(parent).model_dump(mode="json")
        items = inherited["items"]
        for code, rule in own.pop("items", {}).items():
            items[code] = {**items.get(code, {}), **rule}
        own = {**inherited, **own, "items": items}
    for code, rule in own["items"].items():
        rule.setdefault("code", code)
    return own
