"""Laws of files: the same bytes are kept once, who sent them when stays, and a name alone sends nothing."""

import hashlib
import time
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from evidence import record
from evidence.contract import Unavailable
from evidence.models import Blob
from orr.accounts.models import User
from orr.changes import files
from orr.changes.models import SentFile
from orr.lib import clock
from orr.lib.errors import Malformed, NotAllowed, TooLarge, TooMany
from tests.factories.change_sets import change_set
from tests.factories.people import person

pytestmark = pytest.mark.django_db
RULE = b"title: A rule\n"
SOON = time.monotonic() + 3600


@pytest.fixture
def manager() -> User:
    """A release manager."""
    return person("manager", "release_manager")


def naming(*hashes: str) -> dict[str, Any]:
    """A change set whose first item names files of these hashes."""
    made = change_set()
    made["items"][0]["files"] = [{"name": f"{n}.yml", "sha256": one} for n, one in enumerate(hashes)]
    return made


def test_the_same_bytes_are_kept_once_whoever_sends_them(manager: User) -> None:
    other = person("sre", "sre")
    before = clock.now()
    first = files.keep(data=RULE, actor=manager)
    assert files.keep(data=RULE, actor=manager) == first
    second = files.keep(data=RULE, actor=other)
    assert Blob.objects.count() == 1 and first.blob_id == hashlib.sha256(RULE).hexdigest()
    assert [(row.sender, row.size) for row in SentFile.objects.order_by("pk")] == [
        (manager, len(RULE)), (other, len(RULE)),
    ]  # fmt: skip
    assert before <= first.sent_at <= second.sent_at <= clock.now()


def test_a_file_is_read_with_who_sent_it_first(manager: User) -> None:
    sent = files.keep(data=RULE, actor=manager)
    files.keep(data=RULE, actor=person("sre", "sre"))
    (wanted,) = files.named(naming(sent.blob_id))
    kept = files.read(wanted, until=SOON)
    assert kept is not None
    assert (kept.data, kept.sender, kept.sent_at) == (RULE, manager.pk, sent.sent_at)
    assert (kept.named.kind, kept.named.item, kept.named.name) == ("image", "search-api", "0.yml")


def test_what_was_named_and_not_sent_is_missing(manager: User) -> None:
    sent = files.keep(data=RULE, actor=manager)
    wanted = files.named(naming(sent.blob_id, "0" * 64))
    assert [one.name for one in files.missing(wanted)] == ["1.yml"]
    assert files.read(wanted[1], until=SOON) is None
    assert files.named(change_set()) == [] and files.missing([]) == []


def test_reading_ends_in_time(manager: User) -> None:
    sent = files.keep(data=RULE, actor=manager)
    (wanted,) = files.named(naming(sent.blob_id))
    with pytest.raises(Unavailable):
        files.read(wanted, until=time.monotonic() - 1)


def test_bytes_of_evidence_were_not_sent_by_anybody() -> None:
    raw = record.keep(b"a raw answer", "application/json")
    assert raw is not None
    (wanted,) = files.named(naming(raw.sha256))
    assert files.missing([wanted]) == [wanted] and files.read(wanted, until=SOON) is None


def test_what_is_refused_leaves_nothing(manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Malformed):
        files.keep(data=b"", actor=manager)
    with pytest.raises(TooLarge):
        files.keep(data=b"x" * (files.MOST_BYTES + 1), actor=manager)
    for looking in ("auditor", "admin"):
        with pytest.raises(NotAllowed):
            files.keep(data=RULE, actor=person(looking, looking))
    assert not SentFile.objects.exists() and not Blob.objects.exists()
    monkeypatch.setattr(files, "MOST_BYTES_A_DAY", 2 * len(RULE))
    files.keep(data=RULE, actor=manager)
    with pytest.raises(TooMany):
        files.keep(data=RULE + RULE, actor=manager)
    files.keep(data=RULE, actor=manager)
    assert SentFile.objects.count() == Blob.objects.count() == 1


@pytest.mark.parametrize(
    "act",
    ["UPDATE changes_sentfile SET size = 1", "DELETE FROM changes_sentfile", "TRUNCATE changes_sentfile"],
)
def test_who_sent_what_is_never_rewritten(manager: User, act: str) -> None:
    files.keep(data=RULE, actor=manager)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute(act)
    assert SentFile.objects.count() == 1
