"""The outside systems: how each one does, what it last said; an administrator asks it now or trusts it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from orr.accounts import roles
from orr.accounts.models import Role
from orr.board import page, refusals, sources_shown
from orr.board.access import me, signed_in
from orr.lib.errors import Malformed, NotAllowed, OrrError
from orr.lib.sentence import say
from orr.sources import actions

Context = dict[str, Any]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def show(request: HttpRequest) -> HttpResponse:
    """The list, with one of them beside it (`?source=`); acts are an administrator's."""
    if request.method != "POST":
        return page.render(request, "board/sources.html", _context(request))
    name = request.POST.get("source", "")[:60]
    try:
        _act(request, name)
    except OrrError as error:
        shown = refusals.shown(error, _("That was not done."))
        return page.render(
            request, "board/sources.html", {**_context(request), "error": shown}, status=error.status
        )
    return redirect(reverse("board:sources") + (f"?source={name}" if name else ""))


def _context(request: HttpRequest) -> Context:
    """For whoever holds a role somewhere: boards show them where evidence comes from anyway."""
    held = roles.roles_of(me(request))
    if not held:
        raise NotAllowed(say("The sources are shown to people who hold a role."))
    asked = request.POST.get("source") or request.GET.get("source", "")
    now = page.now()
    return {
        "nav": "settings",
        "now": now,
        "admin": Role.ADMIN in held,
        **sources_shown.told(asked[:60], now),
    }


def _act(request: HttpRequest, name: str) -> None:
    act = request.POST.get("act", "")
    if act == "ask":
        answers = actions.ask_now(names=[name] if name else None, actor=me(request))
        silent = [one for one, answer in answers.items() if not answer.ok]
        words = _("Did not answer: %(names)s") % {"names": ", ".join(silent)} if silent else _("Asked.")
        messages.success(request, words, extra_tags="warn" if silent else "pass")
    elif act == "trust":
        roles.require_administrator(me(request))
        if request.POST.get("checked") != "1":
            raise Malformed(say("Say first that you checked the address."))
        actions.trust(name=name, actor=me(request), expected_address=request.POST.get("address", "")[:2100])
        messages.success(request, _("Confirmed; it stands in the log."), extra_tags="pass")
    else:
        raise Malformed(say("There is no such act."))
