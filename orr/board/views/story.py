"""The history of a review as a page: filtered and ordered by its address, and fit to be printed."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from orr.board import page, reading, story, story_chart
from orr.board.access import signed_in
from orr.reviews.acts import find


@require_safe
@signed_in
def show(request: HttpRequest, code: str) -> HttpResponse:
    """Every act; `?kind=` one kind of them, `?order=oldest` the oldest first."""
    return page.render(request, "board/story.html", _context(request, code))


def _context(request: HttpRequest, code: str) -> dict[str, Any]:
    f, v = reading.both(code, request.user)
    asked = request.GET.get("kind", "")
    kind, oldest = asked if asked in story.KINDS else "", request.GET.get("order") == "oldest"
    found = story.acts(find(code), f)
    return {
        "f": f,
        "v": v,
        "nav": "reviews",
        "kind": kind,
        "oldest": oldest,
        "days": story.shown(found, kind, oldest),
        "chart": story_chart.chart(f, found),
        "total": len(found),
        "counts": story.counts(found),
        "words": story.KINDS,
        "last_at": found[-1].at if found else f["opened_at"],
        "proposals": [*([f["approval"]] if f["approval"] else []), *f["proposals"]],
    }
