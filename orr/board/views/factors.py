"""One's own factors: passkeys, one-time codes, recovery codes; each change after proving oneself again."""

import segno
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import clear_totp_secret, get_totp_secret
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from markupsafe import Markup

from orr.accounts import factors, passkeys
from orr.board.access import confirmed, me
from orr.board.page import render
from orr.board.refusals import shown
from orr.board.views import security
from orr.lib.errors import Conflict, Malformed, NotFound, OrrError
from orr.lib.sentence import say


@never_cache
@require_safe
@confirmed
def passkey_options(request: HttpRequest) -> HttpResponse:
    """What the browser needs to make a passkey."""
    return JsonResponse(passkeys.options_to_add(me(request)))


@require_POST
@confirmed
def add_passkey(request: HttpRequest) -> HttpResponse:
    """Keep the passkey that the browser made."""
    name, credential = request.POST.get("name", ""), request.POST.get("credential", "")
    try:
        passkeys.add(me(request), name=name, credential=credential)
    except OrrError as refused:
        return security.page(request, refused, _("No passkey was added."))
    messages.success(
        request, _("The passkey is added; it signs you in without a password."), extra_tags="pass"
    )
    return redirect("board:security")


@require_POST
@confirmed
def change_passkey(request: HttpRequest, passkey: int) -> HttpResponse:
    """Rename or remove one of one's passkeys."""
    found = next((one for one in factors.of(me(request)).passkeys if one.pk == passkey), None)
    if found is None:
        raise NotFound(say("You have no such passkey."))
    act = request.POST.get("act")
    if act not in ("rename", "remove"):
        raise Malformed(say("There is no such act."))
    try:
        if act == "rename":
            passkeys.rename(found, request.POST.get("name", ""))
        else:
            factors.remove(me(request), found)
    except OrrError as refused:
        return security.page(request, refused, _("The passkey was not renamed."))
    done = _("The passkey is renamed.") if act == "rename" else _("The passkey is removed.")
    messages.success(request, done, extra_tags="pass")
    return redirect("board:security")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
def codes(request: HttpRequest) -> HttpResponse:
    """Set up one-time codes: a secret as picture and text, then a first code of it."""
    user, error = me(request), None
    secret = get_totp_secret(regenerate=request.method != "POST")
    if request.method == "POST":
        try:
            factors.set_up_codes(user, secret=secret, code=request.POST.get("code", ""))
            clear_totp_secret(request)
            messages.success(request, _("One-time codes are set up."), extra_tags="pass")
            return redirect("board:security")
        except OrrError as refused:
            error = shown(refused, _("One-time codes were not set up."))
    context = {"nav": "settings", "secret": secret, "picture": _picture(user, secret), "error": error}
    return render(request, "board/codes.html", context, status=error["status"] if error else 200)


def _picture(user: object, secret: str) -> Markup:
    drawn = segno.make(get_adapter().build_totp_url(user, secret), error="m")
    # Drawn by our own library from characters it encodes itself.
    return Markup(drawn.svg_inline(scale=5, border=3, light="#fff", dark="#000"))  # noqa: S704


@require_POST
@confirmed
def end_codes(request: HttpRequest) -> HttpResponse:
    """Turn one-time codes off."""
    held = factors.of(me(request)).codes
    if held is None:
        raise Conflict(say("One-time codes are not set up."))
    factors.remove(me(request), held)
    messages.success(request, _("One-time codes are turned off."), extra_tags="pass")
    return redirect("board:security")


@never_cache
@require_POST
@confirmed
def recovery(request: HttpRequest) -> HttpResponse:
    """New recovery codes, shown this once; or the ones that are on the page, as a file."""
    sent = request.POST.getlist("codes")
    if sent and factors.are_recovery_codes(me(request), sent):
        answer = HttpResponse("\n".join([*sent, ""]), content_type="text/plain; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="plura-orr-recovery-codes.txt"'
        return answer
    made = [] if sent else factors.make_recovery_codes(me(request))
    if not made:
        raise Conflict(say("These are not your recovery codes any more."))
    return render(request, "board/recovery.html", {"nav": "settings", "codes": made})
