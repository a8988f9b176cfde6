"""Every act on people stands in the transparency log, and its readable record is the one that was logged."""

import json

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.transaction import TransactionManagementError

from orr.accounts import acts
from orr.accounts.models import Act
from orr.lib.canonical import sha256_hex
from orr.tlog import log
from tests.factories.people import person

pytestmark = pytest.mark.django_db


def logged() -> list[tuple[str, str]]:
    """Kind and record of every entry of the stream of people."""
    return [(one.kind, one.artefacts["record"]) for one in log.entries_of(acts.STREAM)]


def test_the_record_is_what_the_log_names() -> None:
    admin, kim = person("admin"), person("kim")
    made = acts.record("person.tried", actor=admin, person=kim, reason="a try")
    assert logged() == [("person.tried", made.sha256)]
    assert sha256_hex(bytes(made.record)) == made.sha256
    told = json.loads(bytes(made.record))
    assert (told["actor"]["username"], told["person"]["username"]) == ("admin", "kim")
    assert told["facts"] == {"reason": "a try"}


@pytest.mark.django_db(transaction=True)
def test_an_act_is_written_only_with_what_was_done() -> None:
    admin = person("admin")
    with pytest.raises(TransactionManagementError):
        acts.record("person.tried", actor=admin)
    assert not Act.objects.exists()
    assert logged() == []


@pytest.mark.parametrize(
    "statement",
    ["UPDATE accounts_act SET kind = 'x'", "DELETE FROM accounts_act", "UPDATE accounts_act SET at = now()"],
)
def test_an_act_is_never_changed_or_removed(statement: str) -> None:
    acts.record("person.tried", actor=person("admin"))
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_record_under_another_digest_is_refused_by_the_database() -> None:
    admin = person("admin")
    made = acts.record("person.tried", actor=admin)
    with pytest.raises(DatabaseError), transaction.atomic():
        Act.objects.create(kind="x", at=made.at, actor=admin, record=b"{}", sha256=made.sha256)
