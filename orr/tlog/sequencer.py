"""The sequencer: gives pending entries their indices, and signs what only appends to what it signed before.

Two transactions, both READ COMMITTED under one advisory lock. The first moves a batch into the tree and
commits; the second signs that durable tree: check against the signer's file, write the file, then the row.
A crash between file and row is healed by the next run, which finds the file ahead and stores its note.
"""

from django.db import connection, transaction

from orr.lib.errors import OrrError
from orr.lib.sentence import say
from orr.tlog import head, keys, merkle
from orr.tlog.checkpoint import Checkpoint, open_checkpoint, sign
from orr.tlog.merkle import ProofError
from orr.tlog.note import NoteError
from orr.tlog.prove import Signed, consistency, root_at, signed

BATCH = 4096
DURABLE = ["fsync", "full_page_writes", "synchronous_commit"]


class SigningRefused(OrrError):
    """The log is not a continuation of what was signed before, or would not survive a crash."""

    status = 503
    slug = "log-not-signed"


def sequence(batch: int = BATCH) -> int:
    """Index all pending entries and sign the new size; returns how many entries came in.

    Not for requests: it waits for the sequencer's lock. Raises SigningRefused and Unavailable (no key);
    the entries stay, unsigned, and are counted in the gap.
    """
    taken = 0
    while count := _integrate(batch):
        taken += count
    _publish()
    return taken


def _integrate(batch: int) -> int:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SELECT orr_log_integrate(%s) WHERE EXISTS (SELECT FROM tlog_pending)", [batch])
        row = cursor.fetchone()
        return int(row[0]) if row else 0


def _publish() -> None:
    with transaction.atomic(durable=True):
        size = _locked_size()
        last, stored = _last_signed(), signed()
        _demand_continuation(last, stored.size if stored else 0, size)
        if last and (stored is None or last.size > stored.size):
            _store(last)
        if size > (last.size if last else 0):
            fresh = _sign(size, last)
            head.write(keys.head_file(), fresh.note)
            _store(fresh)


def _locked_size() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(6962, 1)")
        cursor.execute("SELECT name FROM pg_settings WHERE name = ANY(%s) AND setting = 'off'", [DURABLE])
        off = ", ".join(sorted(name for (name,) in cursor.fetchall()))
        if off:
            raise SigningRefused(say("The log is not signed while the database has %(off)s off.", off=off))
        cursor.execute("SELECT coalesce(max(idx) + 1, 0) FROM tlog_entry")
        return int(cursor.fetchone()[0])


def _last_signed() -> Signed | None:
    path = keys.head_file()
    note = head.read(path)
    if note is None:
        return None
    try:
        last = open_checkpoint(note, [keys.verifier_key()], keys.origin())
    except NoteError as error:
        raise SigningRefused(
            say("The log is not signed: the signer's file %(path)s is not its own.", path=str(path))
        ) from error
    return Signed(last.size, last.root, note)


def _demand_continuation(last: Signed | None, stored: int, size: int) -> None:
    if stored > (last.size if last else 0):
        raise SigningRefused(
            say(
                "The log is not signed: the database says size %(stored)s was signed, the signer's file"
                " %(path)s does not. Put that file back.",
                stored=stored,
                path=str(keys.head_file()),
            )
        )
    if last is None:
        return
    try:
        if size < last.size:
            raise ProofError(f"{last.size} entries were signed, {size} are there")
        if root_at(last.size) != last.root:
            raise ProofError(f"the first {last.size} entries are not those that were signed")
    except ProofError as error:
        raise SigningRefused(
            say(
                "The log is not signed: the database does not hold what was signed before (%(why)s)."
                " An older backup may have been restored.",
                why=str(error),
            )
        ) from error


def _sign(size: int, last: Signed | None) -> Signed:
    root = root_at(size)
    if last is not None:
        try:
            proof = consistency(last.size, size)
            merkle.verify_consistency(last.size, size, proof, last.root, root)
        except ProofError as error:
            refusal = say("The log is not signed: it would fork (%(why)s).", why=str(error))
            raise SigningRefused(refusal) from error
    return Signed(size, root, sign(Checkpoint(keys.origin(), size, root), keys.signing_key()))


def _store(checkpoint: Signed) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT orr_log_publish(%s, %s, %s)", [checkpoint.size, checkpoint.root, checkpoint.note]
        )
