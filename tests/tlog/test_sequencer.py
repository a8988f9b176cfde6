"""Laws of the sequencer: dense indices, nothing lost, and never a signature on two pasts."""

import pytest
from django.db import connection, transaction

from orr.tlog import checkpoint, head, keys, log, merkle, prove
from orr.tlog.models import Checkpoint, Entry, Node, Pending
from orr.tlog.note import NoteError
from orr.tlog.sequencer import SigningRefused

pytestmark = pytest.mark.django_db


def acts(count: int, review: str = "ORR-0001") -> None:
    with transaction.atomic():
        for _ in range(count):
            log.append(kind="test:acted", review=review, artefacts={}, actor=None)


def tree_of(leaves: list[bytes]) -> bytes:
    levels = [leaves]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([merkle.node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])
    return merkle.fold([levels[tree.level][tree.pos] for tree in merkle.subtrees(0, len(leaves))])


def tamper(statement: str) -> None:
    """What only an administrator of the database can do: switch the triggers off."""
    with connection.cursor() as cursor:
        for table in ("tlog_entry", "tlog_node", "tlog_checkpoint"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement)


@pytest.mark.parametrize("batch", [1, 3, 4096])
def test_the_stored_tree_is_the_tree_of_the_entries(batch: int) -> None:
    for count in (1, 2, 5, 9, 1):
        acts(count)
        assert log.sequence(batch=batch) == count
    entries = list(Entry.objects.order_by("idx"))
    assert [entry.idx for entry in entries] == list(range(18))
    assert not Pending.objects.exists()
    signed = prove.signed()
    assert signed is not None
    opened = checkpoint.open_checkpoint(signed.note, [keys.verifier_key()], "example.org/log")
    assert opened.size == 18
    assert opened.root == tree_of([merkle.leaf_hash(bytes(entry.data)) for entry in entries])
    assert Node.objects.count() == 9 + 4 + 2 + 1
    assert Checkpoint.objects.count() == 5


def test_every_entry_is_proven_and_every_size_consistent() -> None:
    for _ in range(7):
        acts(3)
        log.sequence()
    for index in range(21):
        entry = Entry.objects.get(idx=index)
        proof = log.prove(index)
        head_ = checkpoint.open_checkpoint(proof.note, [keys.verifier_key()], "example.org/log")
        merkle.verify_inclusion(merkle.leaf_hash(bytes(entry.data)), index, 21, proof.hashes, head_.root)
    for old in Checkpoint.objects.all():
        hashes = log.prove_consistency(old.size, 21)
        merkle.verify_consistency(old.size, 21, hashes, bytes(old.root), prove.root_at(21))


def test_nothing_to_do_signs_nothing() -> None:
    assert log.sequence() == 0
    acts(1)
    log.sequence()
    assert log.sequence() == 0
    assert Checkpoint.objects.count() == 1


def test_the_gap_is_what_has_no_place_in_the_signed_log() -> None:
    assert log.gap() == log.gap("ORR-0001") == 0
    acts(2)
    acts(1, "ORR-0002")
    assert (log.gap(), log.gap("ORR-0001"), log.gap("ORR-0002")) == (3, 2, 1)
    log.sequence()
    assert (log.gap(), log.gap("ORR-0001"), log.gap("ORR-0002")) == (0, 0, 0)


def test_a_missing_entry_is_a_gap() -> None:
    acts(3)
    log.sequence()
    tamper("DELETE FROM tlog_entry WHERE idx = 1")
    assert log.gap() == 1


def test_an_edited_entry_fails_its_proof_and_is_a_gap() -> None:
    acts(3)
    log.sequence()
    tamper("UPDATE tlog_entry SET data = 'x', leaf_hash = sha256('\\x00'::bytea || 'x') WHERE idx = 1")
    assert log.failing("ORR-0001") == [0, 1], "the entry itself, and the one whose proof holds its hash"
    assert log.gap("ORR-0001") == 2
    assert [entry.artefacts for entry in log.entries_of("ORR-0001")] == [{}, {}, {}]


def test_a_restored_backup_is_not_signed() -> None:
    acts(2)
    log.sequence()
    backup = transaction.savepoint()
    acts(2)
    log.sequence()
    transaction.savepoint_rollback(backup)
    assert Entry.objects.count() == 2
    with pytest.raises(SigningRefused, match="4 entries were signed, 2 are there"):
        log.sequence()
    acts(5)
    with pytest.raises(SigningRefused, match="backup"):
        log.sequence()
    assert Checkpoint.objects.get().size == 2
    assert log.gap("ORR-0001") == 5


def test_an_edited_past_is_not_signed_over() -> None:
    acts(4)
    log.sequence()
    tamper("UPDATE tlog_node SET hash = sha256('another past') WHERE level = 2")
    acts(1)
    with pytest.raises(SigningRefused):
        log.sequence()


def test_without_the_signers_file_a_signed_log_is_not_continued() -> None:
    acts(1)
    log.sequence()
    keys.head_file().unlink()
    acts(1)
    with pytest.raises(SigningRefused, match="Put that file back"):
        log.sequence()


def test_a_file_of_another_key_is_refused() -> None:
    acts(1)
    log.sequence()
    keys.head_file().write_text(keys.head_file().read_text().replace("\n1\n", "\n2\n"))
    with pytest.raises(SigningRefused, match="not its own"):
        log.sequence()


def test_a_crash_between_file_and_row_is_healed_by_the_next_run() -> None:
    acts(3)
    log.sequence()
    note = Checkpoint.objects.get().note
    tamper("DELETE FROM tlog_checkpoint")
    assert log.gap() == 3
    log.sequence()
    assert Checkpoint.objects.get().note == note
    assert log.gap() == 0


def test_without_its_key_the_log_waits_unsigned() -> None:
    acts(1)
    keys.key_file().unlink()
    with pytest.raises(Exception, match="signing key"):
        log.sequence()
    assert log.gap() == 1
    assert prove.signed() is None


def test_the_log_is_not_signed_while_a_crash_could_lose_it() -> None:
    acts(1)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
    with pytest.raises(SigningRefused, match="synchronous_commit"):
        log.sequence()


def test_the_head_file_belongs_to_its_owner_alone() -> None:
    acts(1)
    log.sequence()
    assert keys.head_file().stat().st_mode & 0o777 == 0o600
    assert keys.key_file().stat().st_mode & 0o777 == 0o400
    note = head.read(keys.head_file())
    assert note is not None
    with pytest.raises(NoteError):
        checkpoint.open_checkpoint(note, [keys.verifier_key()], "example.org/elsewhere")
