"""Who gets in: every page but the door needs a person who is signed in and active.

A page of a review needs one who sees that review, whatever the page: an address with a code is looked up
here, before its view, and answers 404 to everyone else.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from orr.accounts import reauthentication
from orr.accounts.models import User
from orr.board import reading
from orr.board.live import Stamp
from orr.lib.errors import NotSignedIn
from orr.lib.sentence import say

View = Callable[..., HttpResponse]


def signed_in(view: View) -> View:
    """The view for a signed-in person; others go to the sign-in page and come back; a poll gets 401."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            if getattr(request, "htmx", False):
                return HttpResponse(status=401)
            back = quote(request.get_full_path()) if request.method == "GET" else ""
            return HttpResponseRedirect(reverse("board:signin") + (f"?next={back}" if back else ""))
        if "code" in kwargs:
            request.stamp = reading.stamp(kwargs["code"], request.user)  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    guarded.signed_in = True  # type: ignore[attr-defined]
    return guarded


def confirmed(view: View) -> View:
    """The view for a signed-in person who has just proven again who they are; others do that first."""

    @signed_in
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if reauthentication.is_fresh(request):
            return view(request, *args, **kwargs)
        back = request.path if request.method == "GET" and not request.path.endswith("/options") else ""
        return HttpResponseRedirect(reverse("board:confirm") + (f"?next={quote(back)}" if back else ""))

    return guarded


def stamp(request: HttpRequest) -> Stamp:
    """What the pages of this address's review depend on, as it was looked up at the door."""
    found: Stamp = request.stamp  # type: ignore[attr-defined]
    return found


def me(request: HttpRequest) -> User:
    """The person who is signed in; for views behind `signed_in`. Raises NotSignedIn."""
    user = request.user
    if not isinstance(user, User):
        raise NotSignedIn(say("You are not signed in."))
    return user


def safe_next(request: HttpRequest, fallback: str = "/") -> str:
    """The address in `next` if it is one of ours, else `fallback`."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours and wanted.startswith("/") else fallback
