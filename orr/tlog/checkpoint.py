"""Checkpoints of C2SP (tlog-checkpoint/v1.0.0): the note in which a log states its size and root."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from orr.tlog.merkle import EMPTY_ROOT, HASH_BYTES
from orr.tlog.note import NoteError, open_note, sign_note


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log commits to: its origin, how many entries it has, the root over them (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The note's text: origin, size, base64 of the root, each on a line."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def parse(text: str) -> Checkpoint:
    """The checkpoint of a note's text; further lines are extensions. Raises NoteError."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
        raise NoteError("a checkpoint has three lines or more, none of them empty")
    origin, size, root = lines[:3]
    if not (size.isascii() and size.isdigit() and str(int(size)) == size):
        raise NoteError("a checkpoint's size is a decimal number without leading zeros")
    try:
        value = base64.b64decode(root, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("a checkpoint's root is base64") from error
    if len(value) != HASH_BYTES or (size == "0" and value != EMPTY_ROOT):
        raise NoteError("a checkpoint's root does not fit its size")
    return Checkpoint(origin, int(size), value)


def open_checkpoint(note: str | bytes, vkeys: Sequence[str], origin: str) -> Checkpoint:
    """The checkpoint in a note that the key named `origin` signed. Raises NoteError."""
    opened = open_note(note, vkeys)
    checkpoint = parse(opened.text)
    if checkpoint.origin != origin or origin not in {line.name for line in opened.verified}:
        raise NoteError(f"the checkpoint is not one of {origin}")
    return checkpoint


def sign(checkpoint: Checkpoint, *skeys: str) -> str:
    """The signed note of a checkpoint."""
    return sign_note(checkpoint.text(), *skeys)
