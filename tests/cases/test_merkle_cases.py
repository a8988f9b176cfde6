"""transparency-dev's Merkle proofs: accepted or refused exactly as they say."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orr.tlog import merkle

pytestmark = pytest.mark.cases
Cases = Callable[[str], Path]


def rows(path: Path) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(found) >= 40
    return found


def hashes(values: list[str] | None) -> list[bytes]:
    return [base64.b64decode(value) for value in values or []]


def refused(check: Callable[..., None], *arguments: object) -> bool:
    try:
        check(*arguments)
    except merkle.ProofError:
        return True
    return False


def test_inclusion_proofs(cases: Cases) -> None:
    for row in rows(cases("merkle") / "inclusion.jsonl"):
        leaf, root = hashes([row["leafHash"], row["root"]])
        got = refused(
            merkle.verify_inclusion, leaf, row["leafIdx"], row["treeSize"], hashes(row["proof"]), root
        )
        assert got is row["wantErr"], row["case"]


def test_consistency_proofs(cases: Cases) -> None:
    for row in rows(cases("merkle") / "consistency.jsonl"):
        root1, root2 = hashes([row["root1"], row["root2"]])
        got = refused(
            merkle.verify_consistency, row["size1"], row["size2"], hashes(row["proof"]), root1, root2
        )
        assert got is row["wantErr"], row["case"]


def test_the_reference_tree(cases: Cases) -> None:
    tree = json.loads((cases("merkle") / "rfc6962.json").read_text())
    leaves = [bytes.fromhex(value) for value in tree["leaf_inputs_hex"]]
    levels = [[merkle.leaf_hash(leaf) for leaf in leaves]]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([merkle.node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])
    assert [[value.hex() for value in level] for level in levels] == tree["node_hashes_hex_by_level"]
    for size, root in enumerate(tree["root_hashes_hex_by_size"]):
        got = merkle.fold([levels[part.level][part.pos] for part in merkle.subtrees(0, size)])
        assert got.hex() == root
