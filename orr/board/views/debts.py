"""What break-glass left to be done: the register of every use, and the second look at one of them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from orr.accounts import membership
from orr.board import debts_shown, page, reading, refusals
from orr.board.access import me, signed_in
from orr.decisions import debts
from orr.lib.errors import FieldError, Invalid, OrrError
from orr.lib.sentence import say
from orr.reports.facts import requirement
from orr.reviews.acts import find


@require_safe
@signed_in
def register(request: HttpRequest) -> HttpResponse:
    """Every use of break-glass, what is owed first; `?kind=` one kind of them, `?page=` the page."""
    now, seen = page.now(), membership.sight(me(request))
    asked, number = request.GET.get("kind", ""), request.GET.get("page", "")
    kind = asked if asked in debts_shown.KINDS else ""
    context = {"nav": "audit", "now": now, **debts_shown.register(now, seen, kind, number)}
    return page.render(request, "board/break_glass.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def look(request: HttpRequest, code: str) -> HttpResponse:
    """The second look; a refusal keeps the finding."""
    if request.method != "POST":
        return page.render(request, "board/second_look.html", _context(request, code))
    try:
        _record(request, code)
    except OrrError as error:
        shown = {"error": refusals.shown(error, _("Nothing was recorded."))}
        return page.render(
            request, "board/second_look.html", {**_context(request, code), **shown}, status=error.status
        )
    messages.success(request, _("The second look is recorded."), extra_tags="pass")
    return redirect("board:break_glass")


def _record(request: HttpRequest, code: str) -> None:
    upheld = {"yes": True, "no": False}.get(request.POST.get("upheld", ""))
    if upheld is None:
        raise Invalid([FieldError("/upheld", say("Say whether the break-glass is upheld."))])
    debts.record_second_look(
        code=code, finding=request.POST.get("finding", ""), upheld=upheld, actor=me(request)
    )


def _context(request: HttpRequest, code: str) -> dict[str, Any]:
    debt = debts.debt_of(code)
    f, v = reading.both(code, request.user)
    taken = getattr(debt, "second_look", None)
    status, icon, word = debts_shown.state(debt.due_at, taken, page.now())
    return {
        "f": f,
        "v": v,
        "nav": "audit",
        "debt": debt,
        "look": taken,
        "said": {"s": status, "icon": icon, "word": word},
        "may": requirement(debts.may_look(find(code), debt, me(request))),
        "finding": request.POST.get("finding", ""),
        "upheld": request.POST.get("upheld", ""),
    }
