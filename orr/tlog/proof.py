"""Proof files of C2SP (tlog-proof@v1): an entry's index, its inclusion proof and the checkpoint, verbatim."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from orr.tlog import checkpoint, merkle
from orr.tlog.merkle import ProofError
from orr.tlog.note import NoteError

HEADER = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class Proof:
    """An inclusion proof: index from 0, hashes from the leaf's sibling upwards, the signed checkpoint."""

    index: int
    hashes: tuple[bytes, ...]
    note: str

    def text(self) -> str:
        """The file, to be kept beside the entry it speaks of."""
        lines = [HEADER, f"index {self.index}", *(base64.b64encode(value).decode() for value in self.hashes)]
        return "\n".join(lines) + "\n\n" + self.note


def parse(text: str) -> Proof:
    """The proof of a file. Raises ProofError when it is malformed."""
    head, separator, note = text.partition("\n\n")
    lines = head.split("\n")
    if not separator or lines[0] != HEADER or len(lines) < 2:
        raise ProofError("not a proof file")
    word, _, number = lines[1].partition(" ")
    if word != "index" or not (number.isascii() and number.isdigit() and str(int(number)) == number):
        raise ProofError("the proof names no index")
    try:
        hashes = tuple(base64.b64decode(line, validate=True) for line in lines[2:])
    except (binascii.Error, ValueError) as error:
        raise ProofError("a hash is not base64") from error
    return Proof(int(number), hashes, note)


def verify(text: str, entry: bytes, vkeys: Sequence[str], origin: str) -> checkpoint.Checkpoint:
    """Check a proof file against the entry's exact bytes and the log's verifier keys.

    Steps: open the checkpoint with the keys; hash the entry; walk the proof to the checkpoint's root.
    Returns the checkpoint. Raises ProofError naming the step that failed.
    """
    proof = parse(text)
    try:
        head = checkpoint.open_checkpoint(proof.note, vkeys, origin)
    except NoteError as error:
        raise ProofError(f"the checkpoint does not open: {error}") from error
    merkle.verify_inclusion(merkle.leaf_hash(entry), proof.index, head.size, proof.hashes, head.root)
    return head
