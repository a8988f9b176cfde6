"""Breaking the glass: without the timelock, past open items named one by one; only where it is allowed."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from orr.board import guard_rows, page, reading, refusals
from orr.board.access import me, signed_in
from orr.decisions import actions
from orr.guards.contracts import KINDS
from orr.lib.errors import OrrError

Context = dict[str, Any]
MOST = 40


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def show(request: HttpRequest, code: str) -> HttpResponse:
    """The form; a refusal keeps everything that was typed."""
    if request.method != "POST":
        return page.render(request, "board/glass.html", _context(request, code))
    try:
        _propose(request, code)
    except OrrError as error:
        shown = {"error": refusals.shown(error, _("Nothing was proposed."))}
        return page.render(
            request, "board/glass.html", {**_context(request, code), **shown}, status=error.status
        )
    messages.warning(request, _("Proposed by break-glass. Two people sign all the same."), extra_tags="warn")
    return redirect("board:review", code=code)


def _propose(request: HttpRequest, code: str) -> None:
    decision = request.POST.get("decision", "")
    rows = guard_rows.guards(guard_rows.typed(request.POST)) if decision == "go_with_guards" else []
    actions.propose(
        code=code,
        decision=decision,
        guards=rows,
        reason=request.POST.get("reason", ""),
        actor=me(request),
        expected_digest=request.POST.get("expected_digest") or None,
        break_glass=request.POST.getlist("named")[:MOST],
    )


def _context(request: HttpRequest, code: str) -> Context:
    f, v = reading.both(code, request.user)
    sent = request.POST if request.method == "POST" else None
    glass = f["glass"] or {"items": [], "options": [], "second_look_within": 0}
    possible = [one["decision"] for one in glass["options"] if one["possible"]]
    items = [item for gate in f["gates"] for item in gate["items"] if item["code"] in glass["items"]]
    return {
        "f": f,
        "v": v,
        "nav": "reviews",
        "glass": glass,
        "items": items,
        "able": bool(f["glass"] and possible and v["may"]["propose"]["ok"]),
        "why_not": _why_not(f, v, glass),
        "named": sent.getlist("named") if sent else [],
        "chosen": sent.get("decision", "") if sent else next(iter(reversed(possible)), ""),
        "reason": sent.get("reason", "") if sent else "",
        "guards": guard_rows.typed(sent) if sent else guard_rows.suggested(f, str(request.user)),
        "guard_kinds": KINDS,
    }


def _why_not(f: Context, v: Context, glass: Context) -> str:
    if f["glass"] is None:
        return _("The profile of this review does not allow break-glass.")
    if not v["may"]["propose"]["ok"]:
        return str(v["may"]["propose"]["reason"])
    return next((reason for one in glass["options"] for reason in one["reasons"]), "")
