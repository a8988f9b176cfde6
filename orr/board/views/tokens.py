"""One's own API tokens: made here, shown once, ended here."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from orr.accounts import tokens
from orr.accounts.models import ApiToken
from orr.board import refusals
from orr.board.access import me, signed_in
from orr.board.page import now, render
from orr.lib.errors import Invalid

Context = dict[str, Any]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def show(request: HttpRequest) -> HttpResponse:
    """The list and the form; a new token is shown this once."""
    if request.method != "POST":
        return render(request, "board/tokens.html", _context(request))
    try:
        raw = _issued(request)
    except Invalid as error:
        context = {**_context(request), "error": refusals.shown(error, _("No token was made."))}
        return render(request, "board/tokens.html", context, status=error.status)
    answer = render(request, "board/tokens.html", {**_context(request), "raw": raw})
    answer["Cache-Control"] = "no-store"
    return answer


def _issued(request: HttpRequest) -> str:
    days, name = request.POST.get("days", ""), request.POST.get("name", "")[:80]
    whole = int(days) if days.isascii() and days.isdigit() and len(days) < 6 else 0
    return tokens.issue(user=me(request), scopes=request.POST.getlist("scopes"), name=name, days=whole)


def _context(request: HttpRequest) -> Context:
    mine = ApiToken.objects.filter(user=request.user.pk).order_by("-made_at")
    return {
        "nav": "settings",
        "now": now(),
        "tokens": mine,
        "scopes": tokens.SCOPES,
        "raw": "",
        "most": tokens.MAX_DAYS,
        "asked": request.POST.getlist("scopes"),
        "name": request.POST.get("name", ""),
        "days": request.POST.get("days", "90"),
    }


@require_POST
@signed_in
def end(request: HttpRequest, token: UUID) -> HttpResponse:
    """End a token of one's own."""
    if tokens.revoke(user=me(request), token_id=token):
        messages.success(
            request, _("The token is ended; calls with it are refused from now on."), extra_tags="pass"
        )
    return redirect("board:tokens")
