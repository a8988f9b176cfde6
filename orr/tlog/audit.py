"""The whole log checked at once: its root is computed again from nothing but the entries' bytes."""

from orr.lib.errors import NotFound
from orr.lib.sentence import say
from orr.tlog import merkle
from orr.tlog.checkpoint import Checkpoint, open_checkpoint
from orr.tlog.keys import origin, verifier_key
from orr.tlog.merkle import ProofError
from orr.tlog.models import Entry
from orr.tlog.note import NoteError
from orr.tlog.prove import signed

CHUNK = 10_000


def rebuild() -> Checkpoint:
    """The newest checkpoint, after the entries' bytes led to its root.

    Memory grows with the logarithm of the size. Raises NotFound while nothing was signed, ProofError
    when the entries are not those that were signed.
    """
    head = signed()
    if head is None:
        raise NotFound(say("Nothing was logged yet."))
    try:
        stated = open_checkpoint(head.note, [verifier_key()], origin())
    except NoteError as error:
        raise ProofError(f"the stored checkpoint does not open: {error}") from error
    if _root(stated.size) != stated.root:
        raise ProofError("the entries lead to another root than the signed one")
    return stated


def _root(size: int) -> bytes:
    stack: list[tuple[int, bytes]] = []
    rows = Entry.objects.filter(idx__lt=size).order_by("idx").values_list("idx", "data")
    count = 0
    for idx, data in rows.iterator(chunk_size=CHUNK):
        if idx != count:
            raise ProofError(f"entry {count} is missing")
        count += 1
        level, value = 0, merkle.leaf_hash(bytes(data))
        while stack and stack[-1][0] == level:
            value = merkle.node_hash(stack.pop()[1], value)
            level += 1
        stack.append((level, value))
    if count != size:
        raise ProofError(f"entry {count} is missing")
    return merkle.fold([value for _, value in stack])
