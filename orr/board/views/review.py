"""The board: eight gates, three answers, what comes next."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orr.board import access, live, reading
from orr.board.access import me, signed_in
from orr.board.answers import answers
from orr.reviews import actions
from orr.reviews.checklist import ITEMS


@require_safe
@signed_in
def show(request: HttpRequest, code: str) -> HttpResponse:
    """The board of one review, renewing itself."""
    return live.answer(request, "board/review.html", access.stamp(request), lambda: _built(request, code))


def _built(request: HttpRequest, code: str) -> dict[str, Any]:
    f, v = reading.both(code, request.user)
    problems = f["counts"]["red"] + f["counts"]["open"] > 0
    only = {"problems": True, "all": False}.get(request.GET.get("view", ""), problems)
    return {
        "f": f,
        "v": v,
        "boxes": answers(f, v),
        "only": only,
        "nav": "reviews",
        "every": reading.pace(f),
        "boundary": reading.boundary(f),
    }


@require_POST
@signed_in
def collect(request: HttpRequest, code: str) -> HttpResponse:
    """Ask every source again; from an item's page (`item`) only for that item."""
    item = request.POST.get("item", "")
    if item and item not in ITEMS:
        raise Http404
    actions.collect(code=code, actor=me(request), item=item or None)
    if item:
        messages.success(request, _("%(item)s is being asked again.") % {"item": item}, extra_tags="run")
        return redirect("board:item", code=code, item=item)
    messages.success(request, _("Every source is being asked again."), extra_tags="run")
    return redirect("board:review", code=code)
