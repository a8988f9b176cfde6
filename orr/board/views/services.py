"""Enforcement by service: everybody reads it; administrators ask for shadow, consent to it, and enforce."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from orr.board import refusals, services_shown
from orr.board.access import me, signed_in
from orr.board.page import now, render
from orr.lib.errors import Malformed, OrrError
from orr.lib.sentence import say
from orr.policies import enforcement

Context = dict[str, Any]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def show(request: HttpRequest) -> HttpResponse:
    """Which services are in shadow, since when, by whom and why."""
    if request.method != "POST":
        return render(request, "board/services.html", _context(request))
    try:
        said = _act(request)
    except OrrError as error:
        shown = refusals.shown(error, _("Nothing was changed."), _("What you typed is kept."))
        context = {**_context(request), "sent": request.POST, "error": shown}
        return render(request, "board/services.html", context, status=error.status)
    messages.success(request, said, extra_tags="pass")
    return redirect("board:services")


def _context(request: HttpRequest) -> Context:
    return {"nav": "settings", "now": now(), "s": services_shown.shown(me(request)), "sent": {}}


def _act(request: HttpRequest) -> str:
    act, who = request.POST.get("act", ""), me(request)
    service, reason = request.POST.get("service_id", ""), request.POST.get("reason", "")
    if act == "ask":
        row = enforcement.ask_for_shadow(service_id=service, reason=reason, actor=who)
        if row.counts_from is not None:
            return _("The service is in shadow from now on; nothing was reviewed here yet.")
        return _("Asked. The service stays enforced until a second administrator consents.")
    if act == "consent":
        enforcement.consent(service_id=service, actor=who)
        return _("The service is in shadow from now on; open reviews keep how they were opened.")
    if act == "enforce":
        enforcement.enforce(service_id=service, reason=reason, actor=who)
        return _("The service is enforced from now on; open reviews keep how they were opened.")
    raise Malformed(say("There is no such act."))
