"""Laws of appending: one transaction with the act, dense numbers, exact bytes, and no names."""

import json
from hashlib import sha256
from typing import Any

import pytest
from django.db import Error, IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError

from orr.lib.canonical import canonical_bytes
from orr.tlog import log
from orr.tlog.models import ActorSalt, Entry, Pending

ONE = sha256(b"one").hexdigest()


def act(review: str = "ORR-0001", **changes: Any) -> None:
    given = {"kind": "review:opened", "review": review, "artefacts": {"change_set": ONE}, "actor": None}
    log.append(**given | changes)


@pytest.mark.django_db(transaction=True)
def test_an_act_outside_a_transaction_is_not_logged() -> None:
    with pytest.raises(TransactionManagementError):
        act()
    assert not Pending.objects.exists()


@pytest.mark.django_db
def test_an_act_that_is_rolled_back_leaves_no_entry() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        act()
        raise ZeroDivisionError
    assert log.entries_of("ORR-0001") == []


@pytest.mark.django_db
def test_numbers_are_dense_in_each_review_before_and_after_indexing() -> None:
    for review in ("ORR-0001", "ORR-0002", "ORR-0001"):
        act(review)
    log.sequence()
    act("ORR-0001")
    assert [(e.index, e.seq) for e in log.entries_of("ORR-0001")] == [(0, 1), (2, 2), (None, 3)]
    assert [(e.index, e.seq) for e in log.entries_of("ORR-0002")] == [(1, 1)]


@pytest.mark.django_db
def test_an_entry_is_canonical_json_of_what_it_says() -> None:
    artefacts = {"b/2": ONE, "B": ONE, "a": "sha256:" + ONE, "a.1": ONE, "a-1": ONE}
    act(artefacts=artefacts, actor="person-1")
    log.sequence()
    data = bytes(Entry.objects.get().data)
    entry = json.loads(data)
    assert canonical_bytes(entry) == data
    assert (entry["type"], entry["review"], entry["seq"], entry["v"]) == ("review:opened", "ORR-0001", 1, 1)
    assert entry["artefacts"] == dict.fromkeys(artefacts, ONE)
    assert log.entries_of("ORR-0001")[0].artefacts == entry["artefacts"]


@pytest.mark.django_db
def test_an_entry_knows_its_actor_only_by_the_salt() -> None:
    act(actor="person-1")
    act(actor="person-1")
    act(actor="person-2")
    entries = [json.loads(bytes(row.data)) for row in Pending.objects.order_by("id")]
    assert not any("person" in bytes(row.data).decode() for row in Pending.objects.all())
    assert entries[0]["actor"] == entries[1]["actor"] != entries[2]["actor"]
    salt = bytes(ActorSalt.objects.get(actor="person-1").salt)
    assert len(salt) == 32
    assert entries[0]["actor"] == sha256(salt + b"person-1").hexdigest()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changes",
    [
        {"kind": 'a"b'},
        {"kind": ""},
        {"kind": "x" * 65},
        {"review": "a\nb"},
        {"artefacts": {'"': ONE}},
        {"artefacts": {"report": ONE.upper()}},
        {"artefacts": {"report": "0" * 63}},
        {"artefacts": {"report": ONE + "\n"}},
    ],
)
def test_what_json_would_escape_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        act(**changes)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tlog_entry SET kind = 'x'",
        "DELETE FROM tlog_entry",
        "TRUNCATE tlog_entry",
        "DELETE FROM tlog_node WHERE false",
        "UPDATE tlog_checkpoint SET size = size",
        "TRUNCATE tlog_checkpoint",
        "UPDATE tlog_pending SET kind = 'x'",
        "DELETE FROM tlog_pending",
        "TRUNCATE tlog_pending",
        "INSERT INTO tlog_entry SELECT 9, 'r', 1, 'k', now(), 'a', sha256('b')",
    ],
)
@pytest.mark.parametrize("role", ["origin", "replica"])
def test_the_tables_refuse_change_even_of_a_superuser(statement: str, role: str) -> None:
    act()
    log.sequence()
    act()
    with connection.cursor() as cursor, pytest.raises(IntegrityError), transaction.atomic():
        cursor.execute(f"SET LOCAL session_replication_role = {role}")
        cursor.execute(statement)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO tlog_pending (review, seq, kind, at, data) VALUES ('r', 1, 'k', now(), 'x')",
        "INSERT INTO tlog_checkpoint VALUES (1, sha256('a'), 'note', now())",
        "DELETE FROM tlog_pending",
        "ALTER TABLE tlog_entry DISABLE TRIGGER ALL",
        "DROP TABLE tlog_entry",
        "SELECT * FROM tlog_actorsalt",
    ],
)
def test_the_application_role_has_the_functions_and_no_other_way(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE orr_app")
        act(actor="person-1")
        assert log.sequence() == 1
        with pytest.raises(Error, match="permission denied|must be owner"), transaction.atomic():
            cursor.execute(statement)
        cursor.execute("RESET ROLE")


@pytest.mark.django_db
def test_the_tables_belong_to_a_role_that_cannot_log_in() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT r.rolname, r.rolcanlogin FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner"
            " WHERE c.relname LIKE 'tlog\\_%%' AND c.relkind = 'r'"
        )
        assert cursor.fetchall() == [("orr_log_owner", False)]
