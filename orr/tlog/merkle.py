"""Merkle trees of RFC 6962 and the proofs of RFC 9162: hash, verify, and what a proof is made of."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from hmac import compare_digest
from typing import NamedTuple

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


class ProofError(ValueError):
    """The proof does not lead to the root it was given for."""


class Subtree(NamedTuple):
    """A complete subtree: `2**level` leaves, the `pos`-th of that size from the left; level 0 is a leaf."""

    level: int
    pos: int


def leaf_hash(data: bytes) -> bytes:
    """SHA-256 of 0x00 and the entry: 32 bytes (RFC 6962, 2.1)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of 0x01 and both children: 32 bytes (RFC 6962, 2.1)."""
    return sha256(b"\x01" + left + right).digest()


def _demand(condition: bool, message: str) -> None:
    if not condition:
        raise ProofError(message)


def _demand_hashes(hashes: Iterable[bytes]) -> None:
    for value in hashes:
        _demand(len(value) == HASH_BYTES, f"a hash has {len(value)} bytes, not {HASH_BYTES}")


def _demand_equal(computed: bytes, expected: bytes, what: str) -> None:
    _demand(compare_digest(computed, expected), f"the proof leads to another {what}")


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Return if the leaf stands at `index` (from 0) in the tree of `size` leaves with that `root`.

    `proof` runs from the leaf's sibling upwards. Raises ProofError otherwise (RFC 9162, 2.1.3.2).
    """
    _demand(0 <= index < size, f"index {index} is not in a tree of {size}")
    _demand_hashes([leaf_hash, root, *proof])
    fn, sn, computed = index, size - 1, leaf_hash
    for sibling in proof:
        _demand(sn > 0, "the proof is too long")
        if fn & 1 or fn == sn:
            computed = node_hash(sibling, computed)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            computed = node_hash(computed, sibling)
        fn, sn = fn >> 1, sn >> 1
    _demand(sn == 0, "the proof is too short")
    _demand_equal(computed, root, "root")


def verify_consistency(size1: int, size2: int, proof: Sequence[bytes], root1: bytes, root2: bytes) -> None:
    """Return if the tree of `size2` leaves and `root2` only appended to the one of `size1` and `root1`.

    Raises ProofError otherwise (RFC 9162, 2.1.4.2). A tree of size 0 proves nothing and is refused.
    """
    _demand(0 < size1 <= size2, f"sizes {size1} and {size2} cannot be compared")
    _demand_hashes([root1, root2, *proof])
    if size1 == size2:
        _demand(not proof, "two trees of one size need no proof")
        return _demand_equal(root1, root2, "root")
    _demand(len(proof) > 0, "the proof is empty")
    path = list(proof)
    if size1 & (size1 - 1) == 0:
        path.insert(0, root1)
    _walk_consistency(size1, size2, path, root1, root2)


def _walk_consistency(size1: int, size2: int, path: list[bytes], root1: bytes, root2: bytes) -> None:
    fn, sn = size1 - 1, size2 - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old = new = path[0]
    for sibling in path[1:]:
        _demand(sn > 0, "the proof is too long")
        if fn & 1 or fn == sn:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = node_hash(new, sibling)
        fn, sn = fn >> 1, sn >> 1
    _demand(sn == 0, "the proof is too short")
    _demand_equal(old, root1, "first root")
    _demand_equal(new, root2, "second root")


def subtrees(start: int, end: int) -> list[Subtree]:
    """The fewest complete subtrees that cover the leaves `start <= i < end`, from left to right."""
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        found.append(Subtree(level, start >> level))
        start += 1 << level
    return found


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over neighbouring subtrees as `subtrees` lists them; of none, the empty root."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def _split(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_path(index: int, size: int) -> list[list[Subtree]]:
    """What an inclusion proof is made of: for each hash, leaf upwards, the subtrees to `fold` into it."""
    _demand(0 <= index < size, f"index {index} is not in a tree of {size}")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(subtrees(middle, end))
            end = middle
        else:
            path.append(subtrees(start, middle))
            start = middle
    return path[::-1]


def consistency_path(size1: int, size2: int) -> list[list[Subtree]]:
    """What a consistency proof is made of, in its order: for each hash the subtrees to `fold` into it."""
    _demand(0 < size1 <= size2, f"sizes {size1} and {size2} cannot be compared")
    path, start, end, whole = [], 0, size2, True
    while size1 != end:
        middle = start + _split(end - start)
        if size1 <= middle:
            path.append(subtrees(middle, end))
            end = middle
        else:
            path.append(subtrees(start, middle))
            start, whole = middle, False
    if not whole:
        path.append(subtrees(start, end))
    return path[::-1]
