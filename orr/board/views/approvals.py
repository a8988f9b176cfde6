"""My approvals: what waits for my signature, the soonest deadline first, and what I signed."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from orr.accounts.roles import role_title
from orr.board import page, portfolio, rows, signatures
from orr.board.access import signed_in
from orr.board.turns import Reader, may_sign, reader


@require_safe
@signed_in
def show(request: HttpRequest) -> HttpResponse:
    """The queue of one person."""
    who = reader(request.user)
    queue = _queue(request, who)
    context = {
        "nav": "approvals",
        "now": who.now,
        "queue": queue,
        "signed": signatures.of(request.user, who.sight),
        "role_title": role_title,
        "waiting": len(queue),
    }
    return page.render(request, "board/approvals.html", context)


def _queue(request: HttpRequest, who: Reader) -> list[rows.Row]:
    mine = [review for review in portfolio.proposed(request.user, who.sight) if may_sign(review, who)]
    shown, _boundary = rows.rows(mine, who)
    return [{**row, "seats": rows.seats(review, who)} for row, review in zip(shown, mine, strict=True)]
