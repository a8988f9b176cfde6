"""Exit: confirm it, watch it against its five minutes, see what is left. Before a rollout it withdraws."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from orr.accounts.roles import ACTING_ROLES
from orr.board import access, exits_shown, heads, live, page, reading, refusals
from orr.board.access import me, signed_in
from orr.exits import actions
from orr.lib.errors import Conflict, OrrError
from orr.lib.sentence import say

Context = dict[str, Any]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def show(request: HttpRequest, code: str) -> HttpResponse:
    """The confirmation while nothing is taken back; then the progress."""
    if request.method == "POST":
        return _press(request, code)
    stamp = access.stamp(request)
    f, v = reading.both(code, request.user)
    if f["exit"] and f["state"] in {"exiting", "exited"} and "again" not in request.GET:
        return live.answer(request, "board/exit.html", stamp, lambda: _running(request, f, v))
    return page.render(request, "board/exit_confirm.html", _confirm(request, f, v))


def _running(request: HttpRequest, f: Context, v: Context) -> Context:
    return {
        "f": f,
        "v": v,
        "nav": "reviews",
        "may_again": _may_again(request, f, v),
        **exits_shown.shown(f),
        "every": 1000 if f["exit"]["state"] == "running" else 10_000,
        "boundary": exits_shown.boundary(f),
    }


def _confirm(request: HttpRequest, f: Context, v: Context) -> Context:
    withdraw = f["state"] in heads.BEFORE_ROLLOUT
    allowed = {"ok": True, "reason": ""} if _may_again(request, f, v) else v["may"]["back"]
    return {
        "f": f,
        "v": v,
        "nav": "reviews",
        "withdraw": withdraw,
        "allowed": allowed,
        "reasons": exits_shown.reasons(withdraw),
        "chosen": request.POST.get("why", ""),
        "typed": request.POST.get("typed", ""),
    }


def _may_again(request: HttpRequest, f: Context, v: Context) -> bool:
    """An Exit that ended with something left may be pressed again, by who may press it at all."""
    ended = f["state"] == "exiting" and f["exit"] and f["exit"]["state"] != "running"
    allowed = not ACTING_ROLES.isdisjoint(v["roles"]) or f["requester"]["id"] == str(request.user.pk)
    return bool(ended and allowed)


def _press(request: HttpRequest, code: str) -> HttpResponse:
    try:
        if request.POST.get("held") != "1" and request.POST.get("typed", "").strip().upper() != code:
            raise Conflict(say("Type %(code)s to confirm; nothing was done.", code=code))
        actions.start(code=code, actor=me(request), reason=request.POST.get("why", "")[:2000])
    except OrrError as error:
        context = _confirm(request, *reading.both(code, request.user))
        context["error"] = refusals.shown(error, _("Nothing was taken back."))
        return page.render(request, "board/exit_confirm.html", context, status=error.status)
    return redirect("board:exit" if reading.facts(code, request.user)["exit"] else "board:review", code=code)
