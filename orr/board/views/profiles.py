"""Profiles: every policy readable by everybody; a weaker file is proposed, signed or stopped here."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from approvals import proving
from approvals.proving import Given
from orr.accounts import stepup
from orr.board import page, profiles_shown, refusals, signing
from orr.board.access import me, signed_in
from orr.lib.errors import Malformed, OrrError
from orr.lib.sentence import say
from orr.policies import actions
from orr.policies.eligibility import may_propose

Context = dict[str, Any]


@require_safe
@signed_in
def show(request: HttpRequest) -> HttpResponse:
    """All of them, those that wait for somebody first."""
    rows = profiles_shown.rows()
    waiting = sum(row["state"] in profiles_shown.URGENT for row in rows)
    context = {"nav": "settings", "now": page.now(), "rows": rows, "waits": waiting}
    return page.render(request, "board/profiles.html", context)


@sensitive_post_parameters("password", "code", "answer")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def one(request: HttpRequest, profile: str) -> HttpResponse:
    """One policy: who must sign, how long, why; and what its file would change."""
    if request.method != "POST":
        return page.render(request, "board/profile.html", _context(request, profile))
    try:
        said = _act(request, profile)
    except OrrError as error:
        shown = refusals.shown(error, _("That was not done."), _("What you typed is kept."))
        context = {**_context(request, profile), "sent": request.POST, "error": shown}
        return page.render(request, "board/profile.html", context, status=error.status)
    messages.success(request, said, extra_tags="pass")
    return redirect("board:profile", profile=profile)


def _context(request: HttpRequest, name: str) -> Context:
    shown = profiles_shown.one(name, me(request))
    return {
        "nav": "settings",
        "now": page.now(),
        "p": shown,
        "proofs": stepup.ways(me(request), shown["step_up"]),
        "proposes": bool(may_propose(me(request))),
        "sent": {},
    }


# Which field names the principal: who may be signed for is not who may be stopped for.
PRINCIPAL = {"reject": "reject_for", "cancel": "cancel_for"}


def _act(request: HttpRequest, name: str) -> str:
    act, who, text = request.POST.get("act", ""), me(request), request.POST.get("text", "")
    digest = request.POST.get("expected_digest", "")
    whom = signing.principal(request.POST.get(PRINCIPAL.get(act, "for"), ""))
    principal = whom.pk if whom else None
    if act == "propose":
        actions.propose_weaker(name=name, reason=text, actor=who, expected_digest=digest)
        return _("Proposed. The version in force stays until it is signed and its timelock is over.")
    if act == "sign":
        proof = proving.prove(person=who, session=_session(request), given=_given(request.POST))
        actions.sign(
            name=name, actor=who, expected_digest=digest, proof=proof, comment=text, on_behalf_of=principal
        )
        return _("Signed. It stands in the log; you can withdraw it until it takes effect.")
    if act == "withdraw":
        actions.withdraw_signature(name=name, actor=who)
        return _("Your signature is withdrawn; the timelock has stopped.")
    if act == "reject":
        actions.reject(name=name, actor=who, reason=text, expected_digest=digest, on_behalf_of=principal)
        return _("Rejected. The proposal has ended.")
    if act == "cancel":
        actions.cancel(name=name, actor=who, reason=text, expected_digest=digest, on_behalf_of=principal)
        return _("The proposal is cancelled.")
    raise Malformed(say("There is no such act."))


@require_POST
@signed_in
def challenge(request: HttpRequest, profile: str) -> HttpResponse:
    """What the person's passkey is asked, in JSON: to sign this weaker policy in a seat open to them."""
    digest = request.POST.get("expected_digest", "")
    try:
        whom = signing.principal(request.POST.get("for", ""))
        asked = actions.question(
            name=profile, actor=me(request), expected_digest=digest, session=_session(request),
            on_behalf_of=whom.pk if whom else None,
        )  # fmt: skip
    except OrrError as error:
        return refusals.as_json(error)
    return JsonResponse(asked)


def _session(request: HttpRequest) -> str:
    return request.session.session_key or ""


def _given(sent: QueryDict) -> Given:
    return Given(sent.get("password", ""), sent.get("code", ""), sent.get("answer", ""))
