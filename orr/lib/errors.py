"""Refusals: every one has a status, a stable slug and a sentence, the same on page, API and command."""

from collections.abc import Sequence
from dataclasses import dataclass

from orr.lib.sentence import Sentence, say


@dataclass(frozen=True)
class FieldError:
    """One wrong place of an input: a JSON pointer (RFC 6901) and what is wrong there."""

    pointer: str
    sentence: Sentence


class OrrError(Exception):
    """Something was refused or could not be done."""

    status = 500
    slug = "error"

    def __init__(self, sentence: Sentence, *, reasons: Sequence[Sentence] = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.reasons = tuple(reasons)

    def __str__(self) -> str:
        return str(self.sentence)


class Malformed(OrrError):
    """The input could not be read at all."""

    status = 400
    slug = "malformed"


class Invalid(OrrError):
    """The input was read, and places of it are wrong."""

    status = 422
    slug = "invalid"

    def __init__(self, errors: Sequence[FieldError], sentence: Sentence | None = None) -> None:
        super().__init__(
            sentence or say("The input is wrong in the places named; nothing was written.")
        )
        self.errors = tuple(errors)


class NotSignedIn(OrrError):
    """No valid sign-in or token came with the request."""

    status = 401
    slug = "not-signed-in"


class NotAllowed(OrrError):
    """This person or token may not do this."""

    status = 403
    slug = "not-allowed"


class NotFound(OrrError):
    """There is nothing of this name that the reader may see."""

    status = 404
    slug = "not-found"


class Hidden(NotFound):
    """It is there, for others; told as if it were not, and kept as a refusal."""


class Conflict(OrrError):
    """The act does not fit what is true now; nothing was written."""

    status = 409
    slug = "conflict"


class TooLarge(OrrError):
    """The input is larger than allowed."""

    status = 413
    slug = "too-large"


class TooMany(OrrError):
    """Too many requests came in too short a time."""

    status = 429
    slug = "too-many"


class Unavailable(OrrError):
    """Something this needs is away."""

    status = 503
    slug = "unavailable"
