"""The order of migration files: exactly one head and no gap. They are read, and never run.

Alembic and Django execute a file to learn its place; somebody else's file is only looked at, token by token.
"""

import ast
import io
import tokenize
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any

from orr.changes.bounded import Unreadable, json_of, text_of
from orr.lib.sentence import Sentence, say

MOST_BYTES = 128 * 1024
LONGEST_VALUE = 2000
UNSAID = say("It does not say its revision in plain words.")
# What Flyway calls a migration that stands where it should; every other state is a gap or a failure.
IN_ORDER = frozenset(
    {"Success", "Pending", "Baseline", "Below Baseline", "Above Target", "Available", "Undone", "Outdated",
     "Superseded", "Deleted"}
)  # fmt: skip


@dataclass(frozen=True)
class Revision:
    """One migration file: the tool it is for, its name, and the names of those that come before it.

    Django's are named with their application: `(("lake", "0001_initial"),)`; Alembic's with none.
    """

    tool: str
    name: str
    parents: tuple[tuple[str, str], ...]


def read(file_name: str, data: bytes) -> Revision | None:
    """What a Python file says of its place, None for one that is no migration. Raises Unreadable."""
    tokens = _tokens(text_of(data, MOST_BYTES))
    if (revision := _assigned(tokens, "revision")) and (down := _assigned(tokens, "down_revision")):
        name = _value(revision)
        if not isinstance(name, str):
            raise Unreadable(UNSAID)
        return Revision("Alembic", name, tuple(("", one) for one in _names(_value(down))))
    if any((one.string, two.string) == ("class", "Migration") for one, two in pairwise(tokens)):
        depends = _assigned(tokens, "dependencies") or []
        return Revision("Django", PurePosixPath(file_name).stem, _pairs(depends))
    return None


def out_of_order(item: str, revisions: Sequence[Revision]) -> list[Sentence]:
    """What is wrong with the order of one tool's files of an item: every head but one, every gap."""
    if not revisions:
        return []
    names = [one.name for one in revisions]
    words = {"item": item, "tool": revisions[0].tool}
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        return [say("The %(tool)s files of %(item)s hold %(name)s twice.", **words, name=twice[:80])]
    own = _own(revisions)
    before = {one.name: [name for app, name in one.parents if app == own] for one in revisions}
    begins = [name for name in names if not before[name] or any(one not in before for one in before[name])]
    if len(begins) > 1:
        said = _listed(begins)
        return [say("The %(tool)s files of %(item)s have a gap: what comes before %(names)s is not there.",
                    **words, names=said)]  # fmt: skip
    came = {one for parents in before.values() for one in parents}
    heads = [name for name in names if name not in came]
    if len(heads) != 1:
        return [say("The %(tool)s files of %(item)s have %(n)s heads instead of one: %(names)s.",
                    **words, n=len(heads), names=_listed(heads))]  # fmt: skip
    apart = set(names) - _reached(heads[0], before)
    if apart:
        return [say("The %(tool)s files of %(item)s have a gap: what comes before %(names)s is not there.",
                    **words, names=_listed(apart))]  # fmt: skip
    return []


def flyway(item: str, data: bytes) -> list[Sentence]:
    """What is wrong in what ``flyway info -outputType=json`` said. Raises Unreadable for anything else."""
    told = json_of(text_of(data, MOST_BYTES))
    rows = told.get("migrations") if isinstance(told, dict) else None
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise Unreadable(say("It is no answer of flyway info."))
    stray = [row for row in rows if row.get("state") not in IN_ORDER]
    if stray:
        return [
            say("Flyway says of the migration %(version)s of %(item)s: %(state)s.", item=item,
                version=_short(stray[0].get("version")), state=_short(stray[0].get("state")))
        ]  # fmt: skip
    versions = [str(row.get("version")) for row in rows if row.get("version")]
    twice = next((one for one in versions if versions.count(one) > 1), None)
    if twice is not None:
        return [
            say("Flyway knows the migration %(version)s of %(item)s twice.", item=item, version=twice[:80])
        ]
    return []


def _own(revisions: Sequence[Revision]) -> str:
    """The application whose files these are: the one that most of them name as what comes before them."""
    names = {one.name for one in revisions}
    found = Counter(
        app for one in revisions for app, name in one.parents if name in names and name != one.name
    )
    return found.most_common(1)[0][0] if found else ""


def _reached(head: str, before: Mapping[str, Sequence[str]]) -> set[str]:
    seen: set[str] = set()
    left = [head]
    while left:
        name = left.pop()
        if name in before and name not in seen:
            seen.add(name)
            left.extend(before[name])
    return seen


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))[:200] or "–"


def _tokens(text: str) -> list[tokenize.TokenInfo]:
    skipped = (tokenize.COMMENT, tokenize.NL, tokenize.ENCODING)
    try:
        found = tokenize.generate_tokens(io.StringIO(text).readline)
        return [token for token in found if token.type not in skipped]
    except (tokenize.TokenError, SyntaxError) as error:
        raise Unreadable(say("It is no Python.")) from error


def _assigned(tokens: Sequence[tokenize.TokenInfo], name: str) -> list[tokenize.TokenInfo] | None:
    """The tokens of ``name = …`` or ``name: … = …``, the last where there are several."""
    found = None
    for at, token in enumerate(tokens):
        begins = at == 0 or tokens[at - 1].type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
        if token.string == name and token.type == tokenize.NAME and begins:
            line = _line(tokens[at + 1 :])
            equals = next((n for n, one in enumerate(line) if one.string == "="), None)
            if equals == 0 or (equals is not None and line[0].string == ":"):
                found = line[equals + 1 :]
    return found


def _line(tokens: Iterable[tokenize.TokenInfo]) -> list[tokenize.TokenInfo]:
    line = []
    for token in tokens:
        if token.type == tokenize.NEWLINE:
            break
        line.append(token)
    return line


def _value(tokens: Sequence[tokenize.TokenInfo]) -> Any:
    text = " ".join(token.string for token in tokens)
    try:
        if len(text) > LONGEST_VALUE:
            raise ValueError("too long for a name")
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise Unreadable(UNSAID) from error


def _names(value: Any) -> tuple[str, ...]:
    """The revision ids that Alembic's variable holds: none, one, or several."""
    if value is None:
        return ()
    found = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, tuple | list) else None
    if found is None or not all(isinstance(one, str) for one in found):
        raise Unreadable(UNSAID)
    return found


def _pairs(tokens: Sequence[tokenize.TokenInfo]) -> tuple[tuple[str, str], ...]:
    """Django's ``[("app", "0001_name"), …]``; what a function makes there is of another application."""
    found = []
    for at, token in enumerate(tokens[:-3]):
        first, comma, second = tokens[at + 1 : at + 4]
        if token.string == "(" and first.type == second.type == tokenize.STRING and comma.string == ",":
            found.append((str(_value([first])), str(_value([second]))))
    return tuple(found)


def _short(value: Any) -> str:
    return str(value)[:80] if isinstance(value, str | int | float) else "–"
