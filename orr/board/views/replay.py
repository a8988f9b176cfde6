"""A version of a profile over the reviews decided by it: which would have been decided differently."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from orr.board import page, replays_shown
from orr.board.access import me, signed_in


@require_safe
@signed_in
def show(request: HttpRequest, profile: str) -> HttpResponse:
    """A page of past reviews, by the version and in the place that the address names."""
    told = replays_shown.of(profile, me(request), request.GET)
    return page.render(request, "board/replay.html", {"nav": "settings", "now": page.now(), "r": told})
