"""Replacing an older review that waits for the same target: asked once more, then done."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from orr.board import page, reading, refusals
from orr.board.access import me, signed_in
from orr.decisions import superseding
from orr.lib.errors import OrrError
from orr.reviews.acts import find


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def show(request: HttpRequest, code: str, older: str) -> HttpResponse:
    """The question, and what replacing ends; then it is done."""
    f, v = reading.both(code, request.user)
    other = reading.facts(find(older, me(request)).code, request.user)
    row = next((one for one in f["same_target"] if one["id"] == older), None)
    context: dict[str, Any] = {"f": f, "v": v, "nav": "reviews", "other": other, "row": row}
    if request.method != "POST":
        return page.render(request, "board/replace.html", context)
    try:
        superseding.replace(code=code, older=older, actor=me(request))
    except OrrError as error:
        shown = refusals.shown(error, _("Nothing was replaced."))
        return page.render(request, "board/replace.html", {**context, "error": shown}, status=error.status)
    said = _("%(older)s is withdrawn; this review stands in its place.") % {"older": older}
    messages.success(request, said, extra_tags="warn")
    return redirect("board:review", code=code)
