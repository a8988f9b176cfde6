"""Law: evidence and raw answers are written once, and the database says so to whoever writes."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from evidence.models import Blob, Evidence

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 22, tzinfo=UTC)


def row(**changes: Any) -> Evidence:
    fields: dict[str, Any] = {
        "subject": "ORR-0001", "item": "G3.1", "outcome": "reading", "passed": True, "measured_at": AT,
        "collector": "x", "binds_to": "environment", "bound_digest": "prod", "judged": "green",
        "comparator": "true",
    }  # fmt: skip
    return Evidence.objects.create(**{**fields, **changes})


def blob(data: bytes = b"raw", name: str | None = None) -> Blob:
    return Blob.objects.create(sha256=name or sha256(data).hexdigest(), data=data, media_type="text/plain")


@pytest.mark.parametrize("act", ["UPDATE {} SET {} = DEFAULT", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
@pytest.mark.parametrize(
    ("table", "column"), [("evidence_evidence", "value"), ("evidence_blob", "media_type")]
)
def test_nothing_is_changed_or_taken_away(act: str, table: str, column: str) -> None:
    row(raw=blob())
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute(act.format(table, column))
    assert Evidence.objects.count() == Blob.objects.count() == 1


def test_a_replica_role_is_held_too() -> None:
    row()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM evidence_evidence")


def test_bytes_go_by_their_own_hash() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        blob(b"raw", sha256(b"other").hexdigest())
    with pytest.raises(IntegrityError), transaction.atomic():
        blob(b"raw", "not-a-hash")


@pytest.mark.parametrize(
    "changes",
    [
        {"passed": None},
        {"passed": False},
        {"passed": None, "value": 1.0, "threshold": None},
        {"outcome": "error", "passed": None, "reason": {"msgid": "x", "params": {}}},
        {"outcome": "error", "judged": "error", "passed": None},
        {"outcome": "error", "judged": "error", "passed": True, "reason": {"msgid": "x", "params": {}}},
        {"outcome": "guess"},
        {"judged": "fine"},
        {"statement": "I say so"},
        {"attested_role": "data", "statement": "I say so"},
    ],
)
def test_what_the_tables_refuse(changes: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        row(**changes)
