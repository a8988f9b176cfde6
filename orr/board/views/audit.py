"""The log's spine: of one review, and of all of them, with proofs to take away."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from orr.accounts import membership
from orr.board import access, live, logs, page, reading
from orr.board.access import me, signed_in


@require_safe
@signed_in
def show(request: HttpRequest, code: str) -> HttpResponse:
    """Everything that was logged for one review."""
    return live.answer(request, "board/audit.html", access.stamp(request), lambda: _built(request, code))


def _built(request: HttpRequest, code: str) -> dict[str, Any]:
    f, v = reading.both(code, request.user)
    lines, digest = logs.lines(f["log"]["entries"]), request.GET.get("digest", "")[:80]
    every = 2000 if any(line["index"] is None for line in lines) else reading.pace(f)
    return {
        "f": f,
        "v": v,
        "nav": "audit",
        "days": logs.by_day(lines),
        "checkpoint": logs.checkpoint(),
        "digest": digest,
        "found": logs.naming(lines, digest),
        "every": every,
        "boundary": reading.boundary(f),
    }


@require_safe
@signed_in
def log(request: HttpRequest) -> HttpResponse:
    """The log of the whole installation, the newest first, in pages."""
    before = request.GET.get("before", "")
    lines, older = logs.page(
        int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None,
        membership.sight(me(request)),
    )
    context = {
        "nav": "audit",
        "days": logs.by_day(lines),
        "older": older,
        "checkpoint": logs.checkpoint(),
        "gap": logs.gap(),
        "now": page.now(),
    }
    return page.render(request, "board/log.html", context)
