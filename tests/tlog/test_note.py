"""Laws of signed notes and checkpoints: only a known key's signature over these very bytes opens one."""

import pytest

from orr.tlog import checkpoint
from orr.tlog.merkle import EMPTY_ROOT, leaf_hash
from orr.tlog.note import NoteError, generate_skey, open_note, parse_skey, parse_vkey, sign_note

SKEY = generate_skey("example.org/log")
VKEY = parse_skey(SKEY).vkey
TEXT = "a first line\n\na paragraph, 한국어\n"


def test_what_was_signed_opens_with_its_key() -> None:
    note = open_note(sign_note(TEXT, SKEY), [VKEY])
    assert note.text == TEXT
    assert [signature.name for signature in note.verified] == ["example.org/log"]
    assert note.unverified == ()


def test_signatures_of_strangers_are_kept_apart() -> None:
    stranger = generate_skey("stranger")
    note = open_note(sign_note(TEXT, stranger, SKEY), [VKEY])
    assert [s.name for s in note.verified] == ["example.org/log"]
    assert [s.name for s in note.unverified] == ["stranger"]


def test_a_key_of_the_same_name_is_another_key() -> None:
    with pytest.raises(NoteError, match="no verifiable"):
        open_note(sign_note(TEXT, generate_skey("example.org/log")), [VKEY])


@pytest.mark.parametrize("at", range(0, len(TEXT.encode()) - 1, 5))
def test_a_changed_byte_of_the_text_is_noticed(at: int) -> None:
    signed = bytearray(sign_note(TEXT, SKEY).encode())
    signed[at] ^= 1
    with pytest.raises(NoteError):
        open_note(bytes(signed), [VKEY])


def test_keys_round_trip_and_a_wrong_id_is_refused() -> None:
    verifier = parse_vkey(VKEY)
    assert verifier.key_id == parse_skey(SKEY).key_id
    name, identity, key = VKEY.split("+", 2)
    wrong = ("0" if identity[0] != "0" else "1") + identity[1:]
    with pytest.raises(NoteError, match="id"):
        parse_vkey(f"{name}+{wrong}+{key}")


@pytest.mark.parametrize("name", ["", "two words", "a+b"])
def test_names_that_would_break_a_line_are_refused(name: str) -> None:
    with pytest.raises(NoteError):
        generate_skey(name)


@pytest.mark.parametrize("text", ["no newline", "a tab\there\n", "\ud800\n"])
def test_text_that_is_no_note_is_not_signed(text: str) -> None:
    with pytest.raises(NoteError):
        sign_note(text, SKEY)


def test_a_checkpoint_round_trips_and_belongs_to_its_origin() -> None:
    stated = checkpoint.Checkpoint("example.org/log", 1, leaf_hash(b"one"))
    note = checkpoint.sign(stated, SKEY)
    assert checkpoint.open_checkpoint(note, [VKEY], "example.org/log") == stated
    with pytest.raises(NoteError):
        checkpoint.open_checkpoint(note, [VKEY], "example.org/other")


def test_only_the_logs_own_key_signs_its_checkpoints() -> None:
    other = generate_skey("example.org/other")
    note = checkpoint.sign(checkpoint.Checkpoint("example.org/log", 1, leaf_hash(b"one")), other)
    with pytest.raises(NoteError):
        checkpoint.open_checkpoint(note, [parse_skey(other).vkey], "example.org/log")


@pytest.mark.parametrize(
    "text",
    [
        "o\n1\n",
        "o\n01\n" + "A" * 43 + "=\n",
        "o\n-1\n" + "A" * 43 + "=\n",
        "o\n1\nAAAA\n",
        "o\n1\n" + "A" * 43 + "=",
        "o\n1\n" + "A" * 43 + "=\n\n",
        "\n1\n" + "A" * 43 + "=\n",
        "o\n0\n" + "A" * 43 + "=\n",
        "o\n²\n" + "A" * 43 + "=\n",
    ],
)
def test_anything_but_a_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        checkpoint.parse(text)


def test_the_empty_log_has_a_checkpoint() -> None:
    stated = checkpoint.Checkpoint("o", 0, EMPTY_ROOT)
    assert checkpoint.parse(stated.text()) == stated
    assert checkpoint.parse(stated.text() + "an extension\n") == stated
