"""Laws of migration files: one head, no gap, and a file is read without running a line of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from orr.changes import revisions
from orr.changes.bounded import Unreadable
from orr.changes.revisions import Revision, out_of_order


def alembic(name: str, *parents: str) -> Revision:
    """An Alembic file as it would be written, read back."""
    down = repr(parents[0]) if len(parents) == 1 else repr(parents) if parents else "None"
    text = f'"""m"""\nrevision: str = {name!r}\ndown_revision = {down}\n\ndef upgrade() -> None:\n    pass\n'
    read = revisions.read(f"versions/{name}_x.py", text.encode())
    assert read is not None
    return read


def django(name: str, *parents: str, others: str = "") -> Revision:
    """A Django file as it would be written, read back."""
    depends = ", ".join(f'("lake", {parent!r})' for parent in parents)
    text = (
        "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
        f"    dependencies = [{depends}{others}]\n    operations = []\n"
    )
    read = revisions.read(f"lake/migrations/{name}.py", text.encode())
    assert read is not None
    return read


def test_a_file_says_its_place() -> None:
    assert alembic("a1") == Revision("Alembic", "a1", ())
    assert alembic("b2", "a1") == Revision("Alembic", "b2", (("", "a1"),))
    assert alembic("d4", "b2", "c3").parents == (("", "b2"), ("", "c3"))
    assert django("0002_x", "0001_initial") == Revision("Django", "0002_x", (("lake", "0001_initial"),))
    mixed = ', ("auth", "0012_x"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)'
    assert django("0002_x", "0001_initial", others=mixed).parents == (
        ("lake", "0001_initial"), ("auth", "0012_x"),
    )  # fmt: skip
    assert revisions.read("env.py", b"import os\nrevision_of = 3\n") is None


def test_our_own_migrations_are_in_order() -> None:
    folder = Path(revisions.__file__).parents[1] / "reviews" / "migrations"
    read = [revisions.read(one.name, one.read_bytes()) for one in sorted(folder.glob("0*.py"))]
    found = [one for one in read if one is not None]
    assert len(found) >= 4 and out_of_order("reviews", found) == []
    assert out_of_order("reviews", [found[0], *found[2:]])


@pytest.mark.parametrize("make", [alembic, django])
def test_one_head_and_no_gap(make: Any) -> None:
    line = [make("1"), make("2", "1"), make("3", "2")]
    assert out_of_order("x", line) == [] and out_of_order("x", []) == []
    assert out_of_order("x", line[1:]) == []
    assert "gap" in str(out_of_order("x", [line[0], line[2]])[0])
    assert "2 heads" in str(out_of_order("x", [*line, make("3b", "2")])[0])
    assert out_of_order("x", [*line, make("3b", "2"), make("4", "3", "3b")]) == []
    assert "twice" in str(out_of_order("x", [*line, make("3", "2")])[0])
    assert "0 heads" in str(out_of_order("x", [make("1", "2"), make("2", "1")])[0])
    assert out_of_order("x", [*line, make("7", "8"), make("8", "7")])


def test_a_merge_of_a_branch_that_is_not_there_is_a_gap() -> None:
    assert "gap" in str(out_of_order("x", [alembic("1"), alembic("2", "1", "elsewhere")])[0])


def test_a_file_is_never_run(tmp_path: Path) -> None:
    mark = tmp_path / "was_run"
    text = f"open({str(mark)!r}, 'w')\nrevision = 'a'\ndown_revision = open({str(mark)!r}, 'w')\n"
    with pytest.raises(Unreadable):
        revisions.read("a.py", text.encode())
    assert not mark.exists()


@pytest.mark.parametrize(
    "text",
    [
        b"\xff\xfe",
        b"revision = 'a'\ndown_revision = (",
        b"revision = f()\ndown_revision = None\n",
        b"revision = ['a', 1]\ndown_revision = None\n",
        b"revision = " + b"(" * 5000 + b")" * 5000 + b"\ndown_revision = None\n",
        b"revision = " + b"-" * 200_000 + b"1\ndown_revision = None\n",
        b"x" * (revisions.MOST_BYTES + 1),
        b"revision = 'a'\x00\ndown_revision = None\n",
    ],
    ids=["bytes", "open", "call", "number", "deep", "signs", "huge", "nul"],
)
def test_what_cannot_be_read_is_refused(text: bytes) -> None:
    with pytest.raises(Unreadable):
        revisions.read("a.py", text)


def told(*states: str, versions: tuple[str, ...] = ("1", "2", "3")) -> bytes:
    """What Flyway says of migrations in these states."""
    rows = [{"version": v, "state": s} for v, s in zip(versions, states, strict=False)]
    return json.dumps({"schemaVersion": "1", "migrations": rows, "operation": "info"}).encode()


def test_flyway_names_what_is_out_of_order() -> None:
    assert revisions.flyway("x", told("Success", "Success", "Pending")) == []
    for state in ("Ignored", "Missing Success", "Out of Order", "Failed", "Future Success", "new state", ""):
        assert revisions.flyway("x", told("Success", state, "Pending")), state
    assert "twice" in str(revisions.flyway("x", told("Success", "Pending", versions=("1", "1")))[0])
    for nothing in (b"{}", b"[]", b'{"migrations": []}', b'{"migrations": [1]}', b"not json"):
        with pytest.raises(Unreadable):
            revisions.flyway("x", nothing)
