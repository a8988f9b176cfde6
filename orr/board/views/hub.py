"""The event hub: what waits, what is dead, and having a dead letter sent again."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orr.board import hub_shown, page, refusals
from orr.board.access import me, signed_in
from orr.lib.errors import OrrError
from orr.messages import letters


@require_safe
@signed_in
def show(request: HttpRequest) -> HttpResponse:
    """How the outbox stands."""
    return page.render(request, "board/hub.html", _context(request))


@require_POST
@signed_in
def again(request: HttpRequest, event: UUID) -> HttpResponse:
    """Have the dead letter sent again."""
    try:
        letters.send_again(event_id=event, actor=me(request))
    except OrrError as error:
        context = {**_context(request), "error": refusals.shown(error, _("Nothing was sent."))}
        return page.render(request, "board/hub.html", context, status=error.status)
    messages.success(request, _("The event is tried again."), extra_tags="pass")
    return redirect("board:hub")


def _context(request: HttpRequest) -> dict[str, object]:
    return {"nav": "audit", "now": page.now(), **hub_shown.shown(me(request))}
