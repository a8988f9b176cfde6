"""The log as its callers see it: append with the act, then read back what became of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from orr.lib.errors import OrrError
from orr.tlog.prove import failing, prove, prove_consistency
from orr.tlog.sequencer import sequence
from orr.tlog.tasks import wake

__all__ = ["LoggedEntry", "append", "entries_of", "failing", "gap", "prove", "prove_consistency", "sequence"]


@dataclass(frozen=True, slots=True)
class LoggedEntry:
    """An entry of a review: its index once it stands in a signed checkpoint, its number in the review."""

    index: int | None
    seq: int
    kind: str
    at: datetime
    artefacts: Mapping[str, str]


def append(*, kind: str, review: str, artefacts: Mapping[str, str], actor: str | None) -> None:
    """Log an act in the caller's transaction: both are kept, or neither.

    `artefacts`: name → SHA-256 in hex, with or without `sha256:` before it.
    `actor`: the person's id, logged as a salted digest only.
    Raises TransactionManagementError outside a transaction, IntegrityError for other characters.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("an act and its log entry are written in one transaction")
    digests = json.dumps({name: digest.removeprefix("sha256:") for name, digest in artefacts.items()})
    with connection.cursor() as cursor:
        cursor.execute("SELECT orr_log_append(%s, %s, %s::jsonb, %s)", [kind, review, digests, actor])
    transaction.on_commit(wake, robust=True)


ENTRIES = """
SELECT CASE WHEN e.idx < signed.size THEN e.idx END, e.seq, e.kind, e.at, e.data
FROM tlog_entry AS e, (SELECT coalesce(max(size), 0) AS size FROM tlog_checkpoint) AS signed
WHERE e.review = %(review)s
UNION ALL
SELECT NULL, seq, kind, at, data
FROM tlog_pending WHERE review = %(review)s
ORDER BY 2
"""


def entries_of(review: str) -> list[LoggedEntry]:
    """All entries of a review in the order of its acts."""
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES, {"review": review})
        return [
            LoggedEntry(index, seq, kind, at, _artefacts(data))
            for index, seq, kind, at, data in cursor.fetchall()
        ]


def _artefacts(data: bytes) -> dict[str, str]:
    try:
        named: dict[str, str] = json.loads(bytes(data))["artefacts"]
    except (ValueError, KeyError, TypeError):
        return {}  # the entry was tampered with: its proof fails, and that is what is shown
    return named


GAP = """
WITH signed AS (SELECT coalesce(max(size), 0) AS size FROM tlog_checkpoint),
     numbers AS (SELECT review, seq, e.idx < signed.size AS proven FROM tlog_entry AS e, signed {where}
                 UNION ALL SELECT review, seq, false FROM tlog_pending {where}),
     each AS (SELECT max(seq) AS acts, count(*) FILTER (WHERE proven) AS proven FROM numbers GROUP BY review)
SELECT coalesce(sum(acts - proven), 0) FROM each
"""


def gap(review: str | None = None, *, proofs: bool = True) -> int:
    """How many acts have no place in the signed log: no index, a hole in the numbers, or unsigned.

    For one review also the proofs that fail (unless `proofs` is false); for all, what counting shows.
    """
    where = "" if review is None else "WHERE review = %(review)s"
    with connection.cursor() as cursor:
        cursor.execute(GAP.format(where=where), {"review": review})
        missing = int(cursor.fetchone()[0])
    if review is None or not proofs:
        return missing
    try:
        return missing + len(failing(review))
    except OrrError:
        return missing + len(entries_of(review))
