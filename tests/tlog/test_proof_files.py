"""Laws of proof files: one that travels alone convinces who holds the log's key, and no forged one does."""

import pytest

from orr.tlog import checkpoint, proof
from orr.tlog.merkle import ProofError, leaf_hash, node_hash
from orr.tlog.note import generate_skey, parse_skey

SKEY = generate_skey("example.org/log")
VKEY = parse_skey(SKEY).vkey
ROOT = node_hash(leaf_hash(b"zero"), leaf_hash(b"one"))
NOTE = checkpoint.sign(checkpoint.Checkpoint("example.org/log", 2, ROOT), SKEY)
FILE = proof.Proof(1, (leaf_hash(b"zero"),), NOTE).text()


def test_a_proof_file_round_trips_and_verifies() -> None:
    assert proof.parse(FILE).text() == FILE
    assert proof.verify(FILE, b"one", [VKEY], "example.org/log").size == 2


@pytest.mark.parametrize(
    "forged",
    [
        FILE.replace("index 1", "index 0"),
        FILE.replace("index 1", "index 01"),
        FILE.replace("@v1", "@v2"),
        FILE.replace("log\n2\n", "log\n3\n"),
        FILE.replace("\n\n", "\n", 1),
        proof.Proof(1, (leaf_hash(b"nil"),), NOTE).text(),
        proof.Proof(1, (), NOTE).text(),
        proof.Proof(1, (b"short",), NOTE).text(),
        "",
    ],
)
def test_a_forged_proof_file_is_refused(forged: str) -> None:
    with pytest.raises(ProofError):
        proof.verify(forged, b"one", [VKEY], "example.org/log")


def test_another_entry_another_key_another_origin_are_refused() -> None:
    with pytest.raises(ProofError):
        proof.verify(FILE, b"two", [VKEY], "example.org/log")
    with pytest.raises(ProofError):
        proof.verify(FILE, b"one", [parse_skey(generate_skey("example.org/log")).vkey], "example.org/log")
    with pytest.raises(ProofError):
        proof.verify(FILE, b"one", [VKEY], "example.org/elsewhere")
