"""My approvals: what waits for me, what of mine no longer counts, what still runs, and what I signed."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from approvals import deputies
from orr.accounts.roles import role_title
from orr.board import again, page, queue, signatures
from orr.board.access import me, signed_in
from orr.board.desk import Desk


@require_safe
@signed_in
def show(request: HttpRequest) -> HttpResponse:
    """The queue of one person."""
    desk = Desk(me(request))
    duties = queue.duties(desk)
    context = {
        "nav": "approvals",
        "now": desk.now,
        "queue": duties,
        "lost": again.lost(desk),
        "timelocks": queue.timelocks(desk),
        "deputed": deputies.standing_in(desk.now, team=None, deputy=desk.person.pk),
        "signed": signatures.of(request.user, desk.sight),
        "role_title": role_title,
        "waiting": queue.remember(desk.person, len(duties)),
    }
    return page.render(request, "board/approvals.html", context)
