"""The last line of every verb: where the review stands, in one sentence with its mark (pure)."""

from collections.abc import Mapping
from typing import Any

from orr.cli import codes, drawing
from orr.cli.paint import printable


def last_line(review: Mapping[str, Any]) -> tuple[str, str]:
    """The mark and the sentence of the exit code; of a review in shadow what a real one would have said."""
    mark, sentence = _were_it_real(review)
    if not codes.in_shadow(review) or review.get("exit"):
        return mark, sentence
    return mark, f"SHADOW, stops nothing; would have said: {sentence} (exit code {codes.decided(review)})"


def _were_it_real(review: Mapping[str, Any]) -> tuple[str, str]:
    state, taken_back = review["state"], review.get("exit")
    if taken_back and taken_back.get("state") in _EXITS:
        return _EXITS[taken_back["state"]]
    if state in ("checking", "void") and drawing.with_verdict(review, "red"):
        return "..", "pending: only No-Go is possible, and it has to be recorded by a person"
    unknown = drawing.with_verdict(review, "pending", "stale", "error")
    if state == "checking" and unknown:
        return "..", f"pending: {len(unknown)} items are not known yet"
    if state == "checking":
        return "..", f"pending: {_next(review, 'evidence is being collected')}"
    if state == "proposed":
        return "..", f"pending: {_next(review, 'waiting for signatures')}"
    if state == "effective":
        decision = review.get("decision") or {}
        title = drawing.DECISIONS.get(str(decision.get("decision")), "Go")
        return "ok", f"{title}, in effect; start by {drawing.clock(decision.get('valid_until'))}"
    return _STATES.get(
        state, ("X", f"the server reports a state this command does not know: {printable(state)}")
    )


def _next(review: Mapping[str, Any], otherwise: str) -> str:
    stated = printable((review.get("next") or {}).get("sentence") or "")
    return stated or otherwise


_EXITS = {
    "running": ("..", "pending: the Exit is under way"),
    "done": ("ok", "taken back: every key proven, and recovered"),
    "partial": ("X", "PARTIAL: not everything could be taken back"),
    "failed": ("X", "FAILED: nothing could be taken back"),
    "not_recovered": ("X", "taken back, but NOT RECOVERED"),
}
_STATES = {
    "void": ("!", "void: the proposal ended without effect; a new one can be made"),
    "expired": ("!", "expired: a new review is needed"),
    "withdrawn": ("!", "withdrawn"),
    "no_go": ("X", "No-Go"),
    "rolling_out": ("..", "pending: the rollout is under way"),
    "observing": ("..", "pending: the rollout is being observed"),
    "closed": ("ok", "closed: the change stays"),
    "exiting": ("..", "pending: the Exit is under way"),
    "exited": ("ok", "taken back"),
}
