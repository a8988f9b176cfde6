"""Laws of the Merkle tree: what a proof proves, and that nothing else is one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orr.tlog import merkle
from orr.tlog.merkle import ProofError


def root(leaves: list[bytes]) -> bytes:
    """The tree hash as RFC 6962 defines it, written for clarity and used nowhere else."""
    if not leaves:
        return merkle.EMPTY_ROOT
    if len(leaves) == 1:
        return merkle.leaf_hash(leaves[0])
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return merkle.node_hash(root(leaves[:split]), root(leaves[split:]))


def hashes(path: list[list[merkle.Subtree]], leaves: list[bytes]) -> list[bytes]:
    """A proof whose subtrees are computed from the leaves themselves."""
    return [
        merkle.fold([root(leaves[part.pos << part.level : (part.pos + 1) << part.level]) for part in parts])
        for parts in path
    ]


LEAVES = [f"entry {number}".encode() for number in range(70)]


@given(st.integers(1, 70), st.data())
def test_every_entry_of_every_tree_has_an_inclusion_proof(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaves = LEAVES[:size]
    proof = hashes(merkle.inclusion_path(index, size), leaves)
    merkle.verify_inclusion(merkle.leaf_hash(leaves[index]), index, size, proof, root(leaves))


@given(st.integers(1, 70), st.data())
def test_every_tree_is_consistent_with_each_before_it(size2: int, data: st.DataObject) -> None:
    size1 = data.draw(st.integers(1, size2))
    proof = hashes(merkle.consistency_path(size1, size2), LEAVES)
    merkle.verify_consistency(size1, size2, proof, root(LEAVES[:size1]), root(LEAVES[:size2]))


@given(st.integers(2, 70), st.data())
def test_one_changed_bit_of_a_proof_leads_elsewhere(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaves = LEAVES[:size]
    proof = hashes(merkle.inclusion_path(index, size), leaves)
    at = data.draw(st.integers(0, len(proof) * 256 - 1))
    wrong = bytearray(b"".join(proof))
    wrong[at // 8] ^= 1 << (at % 8)
    forged = [bytes(wrong[start : start + 32]) for start in range(0, len(wrong), 32)]
    with pytest.raises(ProofError):
        merkle.verify_inclusion(merkle.leaf_hash(leaves[index]), index, size, forged, root(leaves))


@given(st.integers(2, 70), st.data())
def test_a_rewritten_past_is_never_consistent(size2: int, data: st.DataObject) -> None:
    size1 = data.draw(st.integers(1, size2 - 1))
    changed = data.draw(st.integers(0, size1 - 1))
    rewritten = [*LEAVES[:changed], b"another", *LEAVES[changed + 1 : size2]]
    proof = hashes(merkle.consistency_path(size1, size2), rewritten)
    with pytest.raises(ProofError):
        merkle.verify_consistency(size1, size2, proof, root(LEAVES[:size1]), root(rewritten))


@given(st.integers(0, 70), st.integers(0, 70))
def test_subtrees_cover_a_range_once_and_fold_to_its_root(a: int, b: int) -> None:
    start, end = min(a, b), max(a, b)
    covered = [
        leaf for part in merkle.subtrees(start, end)
        for leaf in range(part.pos << part.level, (part.pos + 1) << part.level)
    ]
    assert covered == list(range(start, end))
    whole = [root(LEAVES[p.pos << p.level : (p.pos + 1) << p.level]) for p in merkle.subtrees(0, end)]
    assert merkle.fold(whole) == root(LEAVES[:end])


@pytest.mark.parametrize("size", [0, -1])
def test_a_tree_without_entries_proves_nothing(size: int) -> None:
    with pytest.raises(ProofError):
        merkle.verify_inclusion(merkle.leaf_hash(b""), 0, size, [], merkle.EMPTY_ROOT)
    with pytest.raises(ProofError):
        merkle.verify_consistency(size, size, [], merkle.EMPTY_ROOT, merkle.EMPTY_ROOT)
    with pytest.raises(ProofError):
        merkle.verify_consistency(size, 1, [], merkle.EMPTY_ROOT, merkle.leaf_hash(b""))


def test_a_tree_cannot_shrink() -> None:
    with pytest.raises(ProofError):
        merkle.verify_consistency(3, 2, [], root(LEAVES[:3]), root(LEAVES[:2]))


def test_a_proof_a_hash_too_long_or_too_short_is_refused() -> None:
    proof = hashes(merkle.inclusion_path(2, 5), LEAVES[:5])
    leaf, top = merkle.leaf_hash(LEAVES[2]), root(LEAVES[:5])
    merkle.verify_inclusion(leaf, 2, 5, proof, top)
    for wrong in ([*proof, proof[0]], proof[:-1], [], [b"", *proof], [proof[0][:31], *proof[1:]]):
        with pytest.raises(ProofError):
            merkle.verify_inclusion(leaf, 2, 5, wrong, top)


def test_a_million_entries_need_few_rows_for_a_proof() -> None:
    size = 1_000_000
    for index in (0, 1, 524_287, 524_288, 777_777, 999_999):
        assert sum(len(parts) for parts in merkle.inclusion_path(index, size)) <= 30
