"""My account: what I prove myself with, my password, where I am signed in; and proving it again first."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orr.accounts import factors, organisation, passkeys, passwords, reauthentication, sessions
from orr.board import devices
from orr.board.access import confirmed, me, safe_next, signed_in
from orr.board.page import now, render
from orr.board.refusals import shown
from orr.lib.errors import OrrError


@never_cache
@require_safe
@signed_in
def show(request: HttpRequest) -> HttpResponse:
    """Everything about one's own account on one page."""
    return page(request)


def page(request: HttpRequest, refused: OrrError | None = None, title: str = "") -> HttpResponse:
    """The page, with the refusal of an act that was tried on it."""
    user = me(request)
    context: dict[str, Any] = {
        "nav": "settings",
        "now": now(),
        "factors": factors.of(user),
        "fresh": reauthentication.is_fresh(request),
        "sessions": [(one, devices.named(one.user_agent)) for one in sessions.of(user)],
        "current": request.session.session_key,
        "organisation": settings.OIDC_NAME if organisation.offered() else "",
        "connection": organisation.connection(user),
        "signs_from": user.signs_from,
        "longest_name": passkeys.LONGEST_NAME,
        "error": shown(refused, title) if refused else None,
    }
    return render(request, "board/security.html", context, status=refused.status if refused else 200)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def confirm(request: HttpRequest) -> HttpResponse:
    """Prove again who one is, before a factor changes."""
    user, error = me(request), None
    to = safe_next(request, reverse("board:security"))
    if request.method == "POST":
        try:
            _prove(request)
            return HttpResponseRedirect(to)
        except OrrError as refused:
            error = shown(refused)
    context = {"nav": "settings", "factors": factors.of(user), "next": to, "error": error}
    return render(request, "board/confirm.html", context, status=error["status"] if error else 200)


def _prove(request: HttpRequest) -> None:
    user = me(request)
    if "credential" in request.POST:
        proven = passkeys.prove(user, request.POST["credential"])
        return reauthentication.by_factor(request, user, proven)
    if "code" in request.POST:
        return reauthentication.by_factor(request, user, factors.prove(user, request.POST["code"]))
    return reauthentication.by_password(request, user, request.POST.get("password", ""))


@never_cache
@require_safe
@signed_in
def confirm_options(request: HttpRequest) -> HttpResponse:
    """The challenge for one of one's own passkeys."""
    return JsonResponse(passkeys.options_to_prove(me(request)))


@never_cache
@sensitive_post_parameters("current", "password", "again")
@require_POST
@signed_in
def password(request: HttpRequest) -> HttpResponse:
    """Change one's password; every other session ends."""
    user, sent = me(request), request.POST
    try:
        passwords.change(
            user=user, current=sent.get("current", ""), new=sent.get("password", ""),
            again=sent.get("again", ""), session=request.session.session_key,
        )  # fmt: skip
    except OrrError as refused:
        return page(request, refused, _("The password was not changed."))
    sessions.renew(request, user)
    messages.success(
        request, _("The password is changed; your other sessions are signed out."), extra_tags="pass"
    )
    return redirect("board:security")


@require_POST
@signed_in
def end_session(request: HttpRequest, session: int) -> HttpResponse:
    """Sign one of one's own sessions out."""
    if sessions.end(me(request), session):
        messages.success(request, _("That session is signed out."), extra_tags="pass")
    return redirect("board:security")


@require_POST
@signed_in
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere, here too."""
    sessions.end_all(me(request))
    logout(request)
    return redirect("board:signin")


@require_POST
@confirmed
def connect(request: HttpRequest) -> HttpResponse:
    """Set out to connect the organisation's account; the page's link leads there."""
    to = reverse("board:security")
    link = organisation.way_out(request, organisation.CONNECT, to=to)
    return render(
        request, "board/connect.html", {"nav": "settings", "link": link, "name": settings.OIDC_NAME}
    )


@require_POST
@confirmed
def disconnect(request: HttpRequest) -> HttpResponse:
    """Let the organisation's account sign in no more."""
    if organisation.disconnect(me(request)):
        messages.success(request, _("The account is disconnected."), extra_tags="pass")
    return redirect("board:security")
