"""The exit codes that a pipeline acts on, from a review's checklist (pure)."""

from collections.abc import Mapping
from typing import Any, Final

OK: Final = 0
ERROR: Final = 1
USAGE: Final = 2
PENDING: Final = 10
NO_GO: Final = 20
EXPIRED: Final = 21
EXIT_FAILED: Final = 30

BROKEN_EXIT: Final = frozenset({"partial", "failed", "not_recovered"})
_BY_STATE: Final = {
    "checking": PENDING,
    "proposed": PENDING,
    "effective": OK,
    "rolling_out": PENDING,
    "observing": PENDING,
    "closed": OK,
    "no_go": NO_GO,
    "void": EXPIRED,
    "expired": EXPIRED,
    "withdrawn": EXPIRED,
    "exiting": PENDING,
    "exited": OK,
}


def of_review(review: Mapping[str, Any]) -> int:
    """What `status` answers: of a review in shadow 0, since it stops nothing; of a broken Exit always 30."""
    return _of_shadow(review) if in_shadow(review) else were_it_real(review)


def in_shadow(review: Mapping[str, Any]) -> bool:
    """Whether the review is recorded only; nothing but the server's own word says so."""
    return review.get("shadow") is True


def were_it_real(review: Mapping[str, Any]) -> int:
    """The code of a real review. A state this client does not know is an error, never a go."""
    if _broken(review):
        return EXIT_FAILED
    return _BY_STATE.get(review["state"], ERROR)


def of_decision(review: Mapping[str, Any]) -> int:
    """What waiting for a decision answers: a go once it took effect, unless it was taken back since."""
    return _of_shadow(review) if in_shadow(review) else decided(review)


def _of_shadow(review: Mapping[str, Any]) -> int:
    return EXIT_FAILED if _broken(review) else OK


def _broken(review: Mapping[str, Any]) -> bool:
    """Whether an Exit left something behind: what is taken back is real, whatever the review was."""
    return (review.get("exit") or {}).get("state") in BROKEN_EXIT


def decided(review: Mapping[str, Any]) -> int:
    """The same of a real review."""
    if review["state"] in ("rolling_out", "observing"):
        return OK
    if review["state"] in ("exiting", "exited"):
        return EXPIRED
    return were_it_real(review)


def of_exit(review: Mapping[str, Any]) -> int:
    """What an Exit answers: done and withdrawn are what was asked for."""
    if review["state"] in ("withdrawn", "exited"):
        return OK
    taken_back = review.get("exit") or {}
    if taken_back.get("state") == "done":
        return OK
    # What is taken back is real, whatever the review was.
    return were_it_real(review)


def of_refusal(status: int) -> int:
    """What a refused request answers: a wrong input or token is the caller's to mend."""
    return USAGE if 400 <= status < 500 and status not in (408, 429) else ERROR
