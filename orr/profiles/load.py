"""Profiles from TOML files: the built-in ones, and the user's own; validated when loaded, digest pinned."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from orr.lib.canonical import digest
from orr.lib.errors import FieldError, Invalid
from orr.lib.sentence import say
from orr.profiles.mistakes import Misstated, told
from orr.profiles.schema import ITEM_KINDS, Profile

BUILTIN = Path(__file__).parent / "builtin"
BASE = "standard"
NAME = re.compile(r"^[a-z0-9][a-z0-9-]{0,56}\Z")
# What a file can be wrong in; one that extends itself never ends.
WRONG = (OSError, RecursionError, ValueError)
LARGEST = 256 * 1024  # bytes; the largest built-in file has six thousand
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
    path, text = dict(stamps)[name][0], ""
    try:
        text = _text(path)
        stated = tomllib.loads(text)
        _plain(stated)
        if not NAME.match(name):
            raise Misstated(say("A profile is called like its file: a-z, 0-9 and -, at most 57 characters."))
        _in_no_circle(name, stated, {one: at[0] for one, at in stamps})
        profile = Profile.model_validate(_complete(name, stated))
        _says_why(profile)
        return profile
    except WRONG as error:
        raise Invalid(told(error, path.name, text)) from error


def _text(path: Path) -> str:
    with path.open("rb") as file:
        read = file.read(LARGEST + 1)
    if len(read) > LARGEST:
        raise Misstated(say("It is larger than %(n)s KiB; a profile is not.", n=LARGEST // 1024))
    return read.decode("utf-8")


def _plain(stated: Any, place: tuple[Any, ...] = ()) -> None:
    """Raise Misstated for a control character: no page shows it, and PostgreSQL keeps no NUL."""
    if isinstance(stated, str) and any(unicodedata.category(one) == "Cc" for one in stated):
        raise Misstated(say("It holds a control character; take it out."), *place)
    for key, value in _parts(stated):
        _plain(key, (*place, key) if isinstance(key, str) else place)
        _plain(value, (*place, key))


def _parts(stated: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(stated, dict):
        yield from stated.items()
    elif isinstance(stated, list):
        yield from enumerate(stated)


def _says_why(profile: Profile) -> None:
    """Raise Misstated for a rule that gives no reason, or is for a kind of item that there isn't."""
    for code, rule in profile.items.items():
        if rule.adopted and not rule.reason.strip():
            raise Misstated(say("Every threshold says why it is there; write a reason."), "items", code)
        unknown = ", ".join(sorted(set(rule.kinds) - set(ITEM_KINDS)))
        if unknown:
            kinds = {"unknown": unknown[:100], "known": ", ".join(ITEM_KINDS)}
            raise Misstated(
                say("There are no items of the kind %(unknown)s. Known are: %(known)s.", **kinds),
                "items", code, "kinds",
            )  # fmt: skip


def _complete(name: str, stated: dict[str, Any]) -> dict[str, Any]:
    """A file states what differs from `extends` (default: the standard profile); items merge key by key."""
    if stated.get("name", name) != name:
        raise Misstated(say("A profile is called like its file; take the name out."), "name")
    own = {"name": name, **stated}
    parent = own.pop("extends", BASE if name != BASE else None)
    rules = _tables(own.pop("items", {}))
    if parent is not None:
        inherited = _parent(parent).model_dump(mode="json")
        rules = {
            **inherited["items"],
            **{c: {**inherited["items"].get(c, {}), **r} for c, r in rules.items()},
        }
        own = {**inherited, **own}
    return {**own, "items": {code: {"code": code, **rule} for code, rule in rules.items()}}


def _tables(items: Any) -> dict[str, dict[str, Any]]:
    if not isinstance(items, dict):
        raise Misstated(say("Write a table for each item, like [items.“G1.1”]."), "items")
    for code, rule in items.items():
        if not isinstance(rule, dict):
            raise Misstated(say("Write a table of keys and values."), "items", code)
    return items


def _in_no_circle(name: str, stated: dict[str, Any], files: dict[str, Path]) -> None:
    """Raise Misstated where a file extends itself, by itself or by way of others."""
    chain, above = [name], stated.get("extends")
    while isinstance(above, str) and above in files and above != BASE:
        chain.append(above)
        if chain.count(above) > 1:
            raise Misstated(say("It extends itself: %(chain)s.", chain=" → ".join(chain)[:300]), "extends")
        try:
            above = tomllib.loads(_text(files[above])).get("extends")
        except WRONG:
            return  # said of that file, when it is read as the parent


def _parent(name: Any) -> Profile:
    """The profile that a file extends. Raises Misstated where it is not there or wrong itself."""
    try:
        return get(name if isinstance(name, str) else "")
    except Invalid as error:
        raise Misstated(error.errors[0].sentence, "extends") from error
