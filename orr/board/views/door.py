"""The door: sign in by password, passkey or organisation, sign out, and the one-time link."""

from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orr.accounts import links, organisation, passkeys
from orr.accounts import signin as ways
from orr.board.access import safe_next
from orr.board.accounts_shown import DEMO_ACCOUNTS, DEMO_PASSWORD
from orr.board.page import render
from orr.board.refusals import shown
from orr.lib.errors import Invalid, NotAllowed, OrrError, TooMany
from orr.lib.sentence import say


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def signin(request: HttpRequest) -> HttpResponse:
    """A name and a password; five wrong ones lock that name for 15 minutes."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(safe_next(request))
    if request.method != "POST":
        return _door(request)
    name, password = request.POST.get("username", "")[:150], request.POST.get("password", "")
    try:
        return ways.by_password(request, username=name, password=password, to=safe_next(request))
    except (NotAllowed, TooMany) as refused:
        return _door(request, refused)


def _door(request: HttpRequest, refused: OrrError | None = None) -> HttpResponse:
    demo = {"accounts": DEMO_ACCOUNTS, "password": DEMO_PASSWORD} if settings.PLURA_DEMO else None
    context: dict[str, Any] = {
        "error": shown(refused) if refused else None,
        "demo": demo,
        "username": _asked_name(request, bool(demo)),
        "next": safe_next(request, ""),
        "organisation": settings.OIDC_NAME if organisation.offered() else "",
    }
    return render(request, "board/signin.html", context, status=refused.status if refused else 200)


def _asked_name(request: HttpRequest, demo: bool) -> str:
    name = request.POST.get("username", "") or (request.GET.get("user", "") if demo else "")
    return name[:150]


@never_cache
@require_safe
def passkey_options(request: HttpRequest) -> HttpResponse:
    """The challenge for any passkey of this site."""
    return JsonResponse(passkeys.options_to_prove(None))


@never_cache
@require_POST
def passkey(request: HttpRequest) -> HttpResponse:
    """Sign in by a passkey alone."""
    try:
        proven = passkeys.prove(None, request.POST.get("credential", ""))
        return ways.by_passkey(request, proven, to=safe_next(request))
    except NotAllowed as refused:
        return _door(request, refused)


@never_cache
@require_safe
def to_organisation(request: HttpRequest) -> HttpResponse:
    """Go to the organisation's sign-in; a link, as the page's policy lets no form lead elsewhere."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(safe_next(request))
    return HttpResponseRedirect(organisation.way_out(request, organisation.SIGN_IN, to=safe_next(request)))


@require_POST
def signout(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("board:signin")


@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest, raw: str) -> HttpResponse:
    """Set a password through a one-time link, and be signed in."""
    link, error = links.find(raw), None
    if request.method == "POST":
        try:
            _same(request)
            user = links.use(raw, password=request.POST.get("password", ""))
            return ways.by_link(request, user, to="/")
        except Invalid as refused:
            error = shown(refused, _("The password was not set."))
    context = {"person": link.user, "error": error, "expires_at": link.expires_at,
               "again": link.user.has_usable_password()}  # fmt: skip
    return render(request, "board/welcome.html", context, status=error["status"] if error else 200)


def _same(request: HttpRequest) -> None:
    if request.POST.get("password") != request.POST.get("again"):
        raise Invalid([], say("The two passwords differ."))
