"""Signing: the oath and the digest, a judgement, proof that it is you; and taking a signature back."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from orr.accounts import stepup
from orr.accounts.roles import role_title
from orr.board import access, live, page, reading, refusals
from orr.board.access import me, signed_in
from orr.board.oath import oath
from orr.decisions import actions
from orr.lib.errors import Conflict, OrrError

Context = dict[str, Any]


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def show(request: HttpRequest, code: str) -> HttpResponse:
    """The proposal to sign; a refusal keeps the comment and says what it waits for or what changed."""
    if request.method != "POST":
        return live.answer(
            request, "board/approve.html", access.stamp(request), lambda: _built(request, code)
        )
    try:
        _judge(request, code)
    except OrrError as error:
        return page.render(request, "board/approve.html", _refused(request, code, error), status=error.status)
    return redirect("board:review", code=code)


def _judge(request: HttpRequest, code: str) -> None:
    comment, digest = request.POST.get("comment", ""), request.POST.get("expected_digest", "")
    if request.POST.get("judgement") == "reject":
        actions.reject(code=code, actor=me(request), reason=comment, expected_digest=digest)
        messages.warning(request, _("Rejected. The proposal has ended."), extra_tags="warn")
        return
    method = stepup.verify(me(request), password=request.POST.get("password", ""))
    actions.sign(
        code=code, actor=me(request), role=None, expected_digest=digest, method=method, comment=comment
    )
    messages.success(
        request,
        _("Signed. It stands in the log; you can withdraw it until it takes effect."),
        extra_tags="pass",
    )


def _built(request: HttpRequest, code: str) -> Context:
    """What the page shows to this person."""
    f, v = reading.both(code, request.user)
    roles = [slot["role"] for slot in (f["approval"] or {"slots": []})["slots"]]
    mine = [role for role in roles if role in v["roles"]] or roles[:0]
    gates = sorted(int(gate) for gate, role in f["policy"]["gate_roles"].items() if role in mine)
    shown = [gate for gate in f["gates"] if gate["number"] in gates] or f["gates"]
    title = role_title(mine[0]) if mine else _("none of the seats")
    passing = ngettext("%(n)s of %(m)s check passes", "%(n)s of %(m)s checks pass", f["counts"]["items"])
    return {
        "f": f,
        "v": v,
        "nav": "approvals",
        "my_gates": gates,
        "my_items": [i for gate in shown for i in gate["items"]],
        "oath": oath(f, str(request.user), title) if f["approval"] else [],
        "comment": "",
        "judgement": "",
        "sign_word": _("Sign as %(role)s") % {"role": title} if v["may"]["sign"]["ok"] else _("Reject"),
        "gates_said": passing % {"n": f["counts"]["passing"], "m": f["counts"]["items"]},
        "every": reading.pace(f),
        "boundary": reading.boundary(f),
    }


def _refused(request: HttpRequest, code: str, error: OrrError) -> Context:
    context = _built(request, code)
    saw, now = (
        request.POST.get("expected_digest", ""),
        (context["f"]["approval"] or {}).get("proposal_digest", ""),
    )
    shown = refusals.shown(error, _("You did not sign."), _("Your comment is kept."))
    shown["reasons"] = list(dict.fromkeys(shown["reasons"]))
    shown["changed"] = (
        {"saw": saw, "now": now} if isinstance(error, Conflict) and now and saw != now else None
    )
    kept = {"comment": request.POST.get("comment", ""), "judgement": request.POST.get("judgement", "")}
    return {**context, **kept, "error": shown}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def unsign(request: HttpRequest, code: str) -> HttpResponse:
    """Take one's signature back."""
    if request.method == "POST":
        actions.withdraw_signature(code=code, actor=me(request))
        messages.success(
            request, _("Your signature is withdrawn; the timelock has stopped."), extra_tags="warn"
        )
        return redirect("board:review", code=code)
    f, v = reading.both(code, request.user)
    return page.render(request, "board/unsign.html", {"f": f, "v": v, "nav": "approvals"})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def cancel(request: HttpRequest, code: str) -> HttpResponse:
    """Stop the proposal, with a reason."""
    f, v = reading.both(code, request.user)
    context: Context = {"f": f, "v": v, "nav": "approvals", "reason": request.POST.get("reason", "")}
    if request.method != "POST":
        return page.render(request, "board/cancel.html", context)
    try:
        actions.cancel(code=code, actor=me(request), reason=context["reason"])
    except OrrError as error:
        shown = refusals.shown(error, _("The proposal was not cancelled."))
        return page.render(request, "board/cancel.html", {**context, "error": shown}, status=error.status)
    messages.success(request, _("The proposal is cancelled."), extra_tags="warn")
    return redirect("board:review", code=code)
