"""What people type into a decision: trimmed, limited, required where it must be."""

from orr.lib.errors import FieldError, Invalid
from orr.lib.sentence import say

LIMIT = 2000


def limited(text: str | None, pointer: str) -> str:
    """The text without outer space. Raises Invalid beyond 2,000 characters or with a NUL in it."""
    stated = (text or "").strip()
    if len(stated) > LIMIT or "\x00" in stated:
        raise Invalid([FieldError(pointer, say("At most %(n)s characters, no control characters.", n=LIMIT))])
    return stated


def required(text: str | None, pointer: str) -> str:
    """The text, which must say something. Raises Invalid."""
    stated = limited(text, pointer)
    if not stated:
        raise Invalid([FieldError(pointer, say("A reason is needed."))])
    return stated
