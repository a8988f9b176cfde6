"""Profiles from TOML files: the built-in ones, and the user's own; validated when loaded, digest pinned."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from pydantic import ValidationError

from orr.lib.canonical import digest
from orr.lib.errors import FieldError, Invalid
from orr.lib.sentence import say
from orr.profiles.schema import Profile

BUILTIN = Path(__file__).parent / "builtin"
BASE = "standard"


def names() -> list[str]:
    """The names of all profiles that can be asked for."""
    return sorted(_files())


def get(name: str) -> Profile:
    """The profile of that name. Raises Invalid where there is none or its file is wrong."""
    path = _files().get(name)
    if path is None:
        known = ", ".join(names())
        sentence = say("There is no profile “%(name)s”. Known are: %(known)s.", name=name[:80], known=known)
        raise Invalid([FieldError("/profile", sentence)])
    return _load(path, path.stat().st_mtime_ns)


def profile_digest(profile: Profile) -> str:
    """``sha256:`` of the profile's canonical bytes: what a review pins."""
    return digest(profile.model_dump(mode="json"))


def _files() -> dict[str, Path]:
    found = {path.stem: path for path in sorted(BUILTIN.glob("*.toml"))}
    own = Path(settings.PLURA_PROFILES)
    if own.is_dir():
        found |= {path.stem: path for path in sorted(own.glob("*.toml"))}
    return found


@lru_cache(maxsize=128)
def _load(path: Path, _changed: int) -> Profile:
    try:
        stated = tomllib.loads(path.read_text(encoding="utf-8"))
        return Profile.model_validate(_complete(path, stated))
    except (tomllib.TOMLDecodeError, ValidationError, UnicodeDecodeError, KeyError, TypeError) as error:
        sentence = say("The profile file %(file)s is wrong: %(why)s", file=path.name, why=str(error)[:600])
        raise Invalid([FieldError("/profile", sentence)]) from error


def _complete(path: Path, stated: dict[str, Any]) -> dict[str, Any]:
    """A file states what differs from `extends` (default: the standard profile); items merge key by key."""
    own = {"name": path.stem, **stated}
    parent = own.pop("extends", BASE if path.stem != BASE else None)
    if parent is not None:
        inherited = get(parent).model_dump(mode="json")
        items = inherited["items"]
        for code, rule in own.pop("items", {}).items():
            items[code] = {**items.get(code, {}), **rule}
        own = {**inherited, **own, "items": items}
    for code, rule in own["items"].items():
        rule.setdefault("code", code)
    return own
