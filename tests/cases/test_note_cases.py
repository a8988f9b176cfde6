"""Signed notes of Go's module mirror, C2SP and tessera, and a small log of theirs read whole."""

import base64
import json
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest

from orr.tlog import checkpoint, merkle, tiles
from orr.tlog.note import NoteError, open_note, parse_vkey, sign_note

pytestmark = pytest.mark.cases
Cases = Callable[[str], Path]
ORIGIN = "example.com/log/testdata"


def test_notes_open_or_are_refused_as_they_say(cases: Cases) -> None:
    for row in json.loads((cases("notes") / "notes.json").read_text()):
        note = row["note"] if "note" in row else base64.b64decode(row["note_base64"])
        if not row["valid"]:
            with pytest.raises(NoteError):
                open_note(note, row["vkeys"])
            continue
        opened = open_note(note, row["vkeys"])
        assert opened.text == row["text"], row["case"]
        assert [str(signature) for signature in opened.verified] == row["verified"], row["case"]
        assert [str(signature) for signature in opened.unverified] == row["unverified"], row["case"]


def test_verifier_keys(cases: Cases) -> None:
    for row in json.loads((cases("notes") / "vkeys.json").read_text()):
        if row["valid"]:
            verifier = parse_vkey(row["vkey"])
            assert (verifier.name, verifier.key_id) == (row["name"], row["key_id_hex"])
        else:
            with pytest.raises(NoteError):
                parse_vkey(row["vkey"])


def test_the_one_right_signature(cases: Cases) -> None:
    for row in json.loads((cases("notes") / "sign.json").read_text()):
        assert sign_note(row["text"], row["skey"]) == row["signed"]


def test_a_log_of_another_implementation(cases: Cases) -> None:
    home = cases("tessera-log")
    vkey = (home / "vkey.txt").read_text().strip()
    leaves = [leaf.encode() for leaf in json.loads((home / "leaves.json").read_text())]
    assert tiles.decode_bundle((home / "log/tile/entries/000.p/15").read_bytes()) == leaves
    levels = [[merkle.leaf_hash(leaf) for leaf in leaves]]
    assert (home / "log/tile/0/000.p/15").read_bytes() == b"".join(levels[0])
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([merkle.node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])

    def fold(parts: list[merkle.Subtree]) -> bytes:
        return merkle.fold([levels[part.level][part.pos] for part in parts])

    heads = [
        checkpoint.open_checkpoint((home / f"log/checkpoint.{size}").read_text(), [vkey], ORIGIN)
        for size in range(16)
    ]
    for size, head in enumerate(heads):
        assert (head.size, head.root) == (size, fold(merkle.subtrees(0, size)))
        for index in range(size):
            path = [fold(parts) for parts in merkle.inclusion_path(index, size)]
            merkle.verify_inclusion(levels[0][index], index, size, path, head.root)
    for old, new in combinations(heads[1:], 2):
        path = [fold(parts) for parts in merkle.consistency_path(old.size, new.size)]
        merkle.verify_consistency(old.size, new.size, path, old.root, new.root)
