"""The decision in effect: what, since when, until when, who signed, and how it ends."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from orr.board import access, expiry, live, reading
from orr.board.access import signed_in
from orr.reports import decision


@require_safe
@signed_in
def show(request: HttpRequest, code: str) -> HttpResponse:
    """The decision of a review, or that there is none yet."""
    return live.answer(request, "board/decision.html", access.stamp(request), lambda: _built(request, code))


def _built(request: HttpRequest, code: str) -> dict[str, Any]:
    f, v = reading.both(code, request.user)
    told = decision.document(f)
    return {
        "f": f,
        "v": v,
        "nav": "reviews",
        "why": told["options"] if told else [],
        "expiry": expiry.of(f),
        "every": reading.pace(f),
        "boundary": reading.boundary(f),
    }
