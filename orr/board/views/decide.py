"""Deciding: three choices, the impossible ones with their reasons, and the guards."""

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


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def show(request: HttpRequest, code: str) -> HttpResponse:
    """The form; a refusal keeps everything that was typed."""
    if request.method != "POST":
        return page.render(request, "board/decide.html", _context(request, code))
    try:
        return _decide(request, code)
    except OrrError as error:
        context = {
            **_context(request, code),
            "error": refusals.shown(error, _("Nothing was proposed or recorded.")),
        }
        return page.render(request, "board/decide.html", context, status=error.status)


def _decide(request: HttpRequest, code: str) -> HttpResponse:
    decision = request.POST.get("decision", "")
    reason, digest = request.POST.get("reason", ""), request.POST.get("expected_digest") or None
    if decision == "no_go":
        actions.record_no_go(code=code, reason=reason, actor=me(request), expected_digest=digest)
        messages.warning(request, _("No-Go is recorded and in effect."), extra_tags="fail")
        return redirect("board:review", code=code)
    rows = guard_rows.guards(guard_rows.typed(request.POST)) if decision == "go_with_guards" else []
    actions.propose(
        code=code, decision=decision, guards=rows, reason=reason, actor=me(request), expected_digest=digest
    )
    messages.success(request, _("Proposed. It waits for its signatures."), extra_tags="run")
    return redirect("board:review", code=code)


def _context(request: HttpRequest, code: str) -> Context:
    f, v = reading.both(code, request.user)
    sent = request.POST if request.method == "POST" else None
    possible = [o["decision"] for o in f["options"] if o["possible"] and o["decision"] != "no_go"]
    chosen = sent.get("decision", "") if sent else (possible[-1] if possible else "no_go")
    words = {"go": _("Propose Go"), "go_with_guards": _("Propose Go with Guards"), "no_go": _("Record No-Go")}
    return {
        "f": f,
        "v": v,
        "nav": "reviews",
        "chosen": chosen,
        "reason": sent.get("reason", "") if sent else "",
        "guards": guard_rows.typed(sent) if sent else guard_rows.suggested(f, str(request.user)),
        "guard_kinds": KINDS,
        "about": _about(),
        "words": words,
        "gates_said": _("%(n)s of %(m)s checks pass")
        % {"n": f["counts"]["passing"], "m": f["counts"]["items"]},
    }


def _about() -> dict[str, str]:
    return {
        "go": _("Takes effect after the signatures and the timelock."),
        "go_with_guards": _(
            "Takes effect after signatures and timelock; the rollout starts once every guard is read back."
        ),
        "no_go": _(
            "One person records it, and it is in effect at once. Root cause and plan are due within 48 hours."
        ),
    }
