"""Proofs from the tables: inclusion of an entry, consistency of two sizes, and which entries fail theirs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection

from orr.lib.errors import NotFound
from orr.lib.sentence import say
from orr.tlog import merkle
from orr.tlog.checkpoint import Checkpoint as Stated
from orr.tlog.checkpoint import open_checkpoint
from orr.tlog.keys import origin, verifier_key
from orr.tlog.merkle import ProofError, Subtree
from orr.tlog.models import Checkpoint, Entry
from orr.tlog.note import NoteError
from orr.tlog.proof import Proof

NODES = """
SELECT 0, e.idx, e.leaf_hash FROM tlog_entry AS e WHERE e.idx = ANY(%s)
UNION ALL
SELECT n.level, n.pos, n.hash FROM tlog_node AS n
JOIN unnest(%s::smallint[], %s::bigint[]) AS wanted (level, pos) USING (level, pos)
"""


class LogDamaged(ProofError):
    """The tables lack a hash that a log of their size has."""


@dataclass(frozen=True, slots=True)
class Signed:
    """The newest checkpoint as it is stored; nothing here has verified it."""

    size: int
    root: bytes
    note: str


def signed() -> Signed | None:
    """The newest checkpoint, or None while nothing was signed."""
    row = Checkpoint.objects.order_by("-size").values_list("size", "root", "note").first()
    return None if row is None else Signed(row[0], bytes(row[1]), row[2])


def first_signed_beyond(index: int) -> Signed | None:
    """The oldest checkpoint that holds the entry, or None while none does."""
    rows = Checkpoint.objects.filter(size__gt=index).order_by("size")
    row = rows.values_list("size", "root", "note").first()
    return None if row is None else Signed(row[0], bytes(row[1]), row[2])


def hashes_of(subtrees: Iterable[Subtree]) -> dict[Subtree, bytes]:
    """The stored hash of each subtree, in one query. Raises LogDamaged when one isn't there."""
    wanted = set(subtrees)
    inner = [tree for tree in wanted if tree.level]
    leaves = [tree.pos for tree in wanted if not tree.level]
    with connection.cursor() as cursor:
        cursor.execute(NODES, [leaves, [tree.level for tree in inner], [tree.pos for tree in inner]])
        found = {Subtree(level, pos): bytes(value) for level, pos, value in cursor.fetchall()}
    if len(found) != len(wanted):
        raise LogDamaged(f"the log lacks {len(wanted) - len(found)} of its hashes")
    return found


def _folded(path: Sequence[Sequence[Subtree]]) -> list[bytes]:
    found = hashes_of(tree for trees in path for tree in trees)
    return [merkle.fold([found[tree] for tree in trees]) for trees in path]


def root_at(size: int) -> bytes:
    """The root over the first `size` entries, from the stored hashes."""
    return _folded([merkle.subtrees(0, size)])[0]


def prove(index: int, size: int | None = None) -> Proof:
    """The inclusion proof of an entry, with the newest checkpoint or the one of that size.

    Raises NotFound while the entry stands in no signed checkpoint.
    """
    if size is None:
        head = signed()
    else:
        row = Checkpoint.objects.filter(size=size).first()
        head = None if row is None else Signed(row.size, bytes(row.root), row.note)
    if head is None or not 0 <= index < head.size:
        raise NotFound(say("The log has no signed entry %(index)s.", index=index))
    return Proof(index, tuple(_folded(merkle.inclusion_path(index, head.size))), head.note)


def consistency(size1: int, size2: int) -> list[bytes]:
    """The consistency proof between two sizes of the stored tree, signed or not."""
    return _folded(merkle.consistency_path(size1, size2))


def prove_consistency(size1: int, size2: int) -> list[bytes]:
    """The proof that the tree of `size2` only appended to the one of `size1`. Raises NotFound."""
    head = signed()
    if head is None or not 0 < size1 <= size2 <= head.size:
        raise NotFound(
            say("The log has no signed sizes %(size1)s and %(size2)s.", size1=size1, size2=size2)
        )
    return consistency(size1, size2)


def failing(review: str) -> list[int]:
    """The indices of a review's signed entries whose proof, from their bytes to the note, fails.

    Raises Unavailable without the log's key.
    """
    head = signed()
    if head is None:
        return []
    mine = Entry.objects.filter(review=review, idx__lt=head.size).order_by("idx")
    entries = {idx: bytes(data) for idx, data in mine.values_list("idx", "data")}
    try:
        stated = open_checkpoint(head.note, [verifier_key()], origin())
        paths = {idx: merkle.inclusion_path(idx, stated.size) for idx in entries}
        found = hashes_of(tree for path in paths.values() for trees in path for tree in trees)
    except (NoteError, ProofError):
        return list(entries)
    proofs = {
        idx: [merkle.fold([found[tree] for tree in trees]) for trees in path] for idx, path in paths.items()
    }
    return [idx for idx, data in entries.items() if not _holds(data, idx, stated, proofs[idx])]


def _holds(data: bytes, index: int, stated: Stated, proof: Sequence[bytes]) -> bool:
    try:
        merkle.verify_inclusion(merkle.leaf_hash(data), index, stated.size, proof, stated.root)
    except ProofError:
        return False
    return True
