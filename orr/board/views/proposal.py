"""One proposal as it was signed, whatever became of it and whatever came after it."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from orr.board import page, proposal_shown, reading
from orr.board.access import signed_in
from orr.reviews.acts import find


@require_safe
@signed_in
def show(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Proposal `number` of the review."""
    shown = proposal_shown.shown(find(code), number, page.now())
    f, v = reading.both(code, request.user)
    return page.render(request, "board/proposal.html", {"f": f, "v": v, "nav": "reviews", "p": shown})
