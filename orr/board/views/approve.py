"""Signing: the oath and the digest, a judgement, proof that it is you; and taking a signature back."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from approvals import proving
from orr.accounts import stepup
from orr.board import access, live, page, reading, refusals, signing
from orr.board.access import me, signed_in
from orr.board.oath import Part, oath, proposed
from orr.decisions import actions
from orr.lib.errors import Conflict, OrrError
from orr.reports import since

Context = dict[str, Any]


@sensitive_post_parameters("password", "code", "answer")
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
        whom = signing.principal(request.POST.get("for", ""))
        actions.reject(
            code=code, actor=me(request), reason=comment, expected_digest=digest,
            on_behalf_of=whom.pk if whom else None,
        )  # fmt: skip
        messages.warning(request, _("Rejected. The proposal has ended."), extra_tags="warn")
        return
    actions.require_shown(code=code, actor=me(request), expected_digest=digest)
    given = proving.Given(**{name: request.POST.get(name, "") for name in ("password", "code", "answer")})
    proof = proving.prove(person=me(request), session=_session(request), given=given)
    principal = signing.principal(request.POST.get("for", ""))
    actions.sign(
        code=code, actor=me(request), role=request.POST.get("role") or None, expected_digest=digest,
        method=proof.method, comment=comment, assertion=proof.assertion,
        on_behalf_of=principal.pk if principal else None,
    )  # fmt: skip
    messages.success(
        request,
        _("Signed. It stands in the log; you can withdraw it until it takes effect."),
        extra_tags="pass",
    )


@require_POST
@signed_in
def challenge(request: HttpRequest, code: str) -> HttpResponse:
    """What the person's passkey is asked, in JSON: to sign this proposal in a seat that is open to them."""
    try:
        asked = signing.ask(
            code=code, person=me(request), session=_session(request),
            digest=request.POST.get("expected_digest", ""), wanted=request.POST.get("for", ""),
            role=request.POST.get("role", ""),
        )  # fmt: skip
    except OrrError as error:
        return refusals.as_json(error)
    return JsonResponse(asked)


def _session(request: HttpRequest) -> str:
    return request.session.session_key or ""


def _built(request: HttpRequest, code: str) -> Context:
    """What the page shows to this person."""
    f, v = reading.both(code, request.user)
    asked = request.POST if "for" in request.POST else request.GET
    seat = signing.seat(f, v, asked.get("for", ""), asked.get("role", ""))
    gates = sorted(int(gate) for gate, role in f["policy"]["gate_roles"].items() if role in seat["roles"])
    shown = [gate for gate in f["gates"] if gate["number"] in gates] or f["gates"]
    passing = ngettext("%(n)s of %(m)s check passes", "%(n)s of %(m)s checks pass", f["counts"]["items"])
    proofs = stepup.ways(me(request), f["policy"].get("step_up", stepup.PASSWORD))
    return {
        "f": f,
        "v": v,
        "nav": "approvals",
        "seat": seat,
        "since": since.signed(code, me(request)) if v.get("seats") else None,
        "proofs": proofs,
        "my_gates": gates,
        "my_items": [i for gate in shown for i in gate["items"]],
        "oath": _sentence(f, v, signing.signer(seat, request.user, proofs)),
        "comment": "",
        "judgement": "",
        "sign_word": _("Sign as %(role)s") % {"role": seat["title"]}
        if v["may"]["sign"]["ok"]
        else _("Reject"),
        "gates_said": passing % {"n": f["counts"]["passing"], "m": f["counts"]["items"]},
        "every": reading.pace(f),
        "boundary": reading.boundary(f),
    }


def _sentence(f: Context, v: Context, signer: Context) -> list[Part]:
    if not f["approval"]:
        return []
    return oath(f, **signer) if v["may"]["sign"]["ok"] else proposed(f)


def _refused(request: HttpRequest, code: str, error: OrrError) -> Context:
    context = _built(request, code)
    saw = request.POST.get("expected_digest", "")
    now = (context["f"]["approval"] or {}).get("proposal_digest", "")
    shown = refusals.shown(error, _("You did not sign."), _("Your comment is kept."))
    shown["reasons"] = list(dict.fromkeys(shown["reasons"]))
    changed = isinstance(error, Conflict) and now and saw != now
    shown["changed"] = {"saw": saw, "now": now, "rows": since.saw(code, saw)} if changed else None
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
