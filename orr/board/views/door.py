"""The door: sign in, sign out, and the one-time link of a new person."""

import hashlib
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from orr.accounts import links
from orr.board.access import safe_next
from orr.board.accounts_shown import DEMO_ACCOUNTS, DEMO_PASSWORD
from orr.board.page import render
from orr.board.refusals import shown
from orr.lib.errors import Invalid, NotAllowed, TooMany
from orr.lib.sentence import say

ATTEMPTS = 5
LOCKED_FOR = timedelta(minutes=15)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def signin(request: HttpRequest) -> HttpResponse:
    """A name and a password; five wrong ones lock that name for 15 minutes."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(safe_next(request))
    error = None
    if request.method == "POST":
        try:
            _enter(request)
            return HttpResponseRedirect(safe_next(request))
        except (NotAllowed, TooMany) as refused:
            error = shown(refused)
    return render(
        request, "board/signin.html", _door(request, error), status=error["status"] if error else 200
    )


def _door(request: HttpRequest, error: dict[str, Any] | None) -> dict[str, Any]:
    demo = {"accounts": DEMO_ACCOUNTS, "password": DEMO_PASSWORD} if settings.PLURA_DEMO else None
    name = _asked_name(request, bool(demo))
    return {"error": error, "demo": demo, "username": name, "next": safe_next(request, "")}


def _asked_name(request: HttpRequest, demo: bool) -> str:
    name = request.POST.get("username", "") or (request.GET.get("user", "") if demo else "")
    return name[:150]


def _enter(request: HttpRequest) -> None:
    name, password = request.POST.get("username", "")[:150], request.POST.get("password", "")
    key = "signin:" + hashlib.sha256(name.lower().encode("utf-8", "surrogatepass")).hexdigest()
    cache.add(key, 0, LOCKED_FOR.total_seconds())
    if cache.get(key, 0) >= ATTEMPTS:
        raise TooMany(say("Too many wrong passwords for this name; wait %(minutes)s minutes.", minutes=15))
    user = authenticate(request, username=name, password=password) if "\x00" not in name + password else None
    if user is None:
        cache.incr(key)
        raise NotAllowed(say("That name and password do not fit together."))
    cache.delete(key)
    login(request, user)


@require_POST
def signout(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("board:signin")


@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest, raw: str) -> HttpResponse:
    """Set the first password through a one-time link, and be signed in."""
    link, error = links.find(raw), None
    if request.method == "POST":
        try:
            _same(request)
            user = links.use(raw, password=request.POST.get("password", ""))
            login(request, user, backend="django.contrib.auth.backends.ModelBackend")
            return redirect("board:portfolio")
        except Invalid as refused:
            error = shown(refused, _("The password was not set."))
    context = {"person": link.user, "error": error, "expires_at": link.expires_at}
    return render(request, "board/welcome.html", context, status=error["status"] if error else 200)


def _same(request: HttpRequest) -> None:
    if request.POST.get("password") != request.POST.get("again"):
        raise Invalid([], say("The two passwords differ."))
